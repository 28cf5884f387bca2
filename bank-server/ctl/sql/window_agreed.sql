-- Whether what is booked with peer $1 in window $2 is agreed already: then nothing may be added.
SELECT EXISTS (SELECT FROM window_pair WHERE peer_code = $1::integer AND window_no = $2::integer
               AND state IN ('AGREED', 'SETTLED', 'EXCLUDED'));
