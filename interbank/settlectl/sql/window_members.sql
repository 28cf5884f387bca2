-- Participants of window $1 and their latest submissions.
SELECT participant.bank_code, name, status, revision, net_minor,
       (SELECT sum(breaks) FROM position
        WHERE position.window_no = $1::integer AND position.bank_code = participant.bank_code
          AND position.revision = latest.revision),
       to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM participant
LEFT JOIN LATERAL (SELECT revision, net_minor, received_at FROM submission
                   WHERE window_no = $1::integer AND submission.bank_code = participant.bank_code
                   ORDER BY revision DESC LIMIT 1) AS latest ON true
WHERE first_window_no <= $1::integer
ORDER BY participant.bank_code;
