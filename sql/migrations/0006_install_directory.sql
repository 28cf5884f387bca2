-- 0006: one way for bank servers and bankctl to take over a directory of the network.
SET LOCAL search_path = bank, pg_temp;

CREATE FUNCTION install_directory(new_serial BIGINT, new_jws TEXT, codes INTEGER[], names TEXT[])
    RETURNS BOOLEAN LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
BEGIN
    IF new_serial <= (SELECT coalesce(max(serial), 0) FROM directory) THEN
        RETURN false;
    END IF;
    -- Whoever comes second with the same serial waits here, and then has nothing left to do.
    INSERT INTO directory (serial, jws) VALUES (new_serial, new_jws) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO peer (peer_code, name, limit_minor)
    SELECT code, listed.name, peer_limit_minor
    FROM bank CROSS JOIN unnest(codes, names) AS listed (code, name)
    WHERE code <> bank_code
    ORDER BY code
    ON CONFLICT DO NOTHING;
    INSERT INTO exposure (peer_code, stripe, share_minor)
    SELECT peer_code, stripe, limit_minor / 8 + (stripe < limit_minor % 8)::integer
    FROM peer CROSS JOIN generate_series(0, 7) AS stripe
    WHERE peer_code = ANY (codes)
    ORDER BY peer_code, stripe
    ON CONFLICT DO NOTHING;
    UPDATE peer SET name = listed.name
    FROM unnest(codes, names) AS listed (code, name)
    WHERE peer_code = code AND peer.name <> listed.name;
    RETURN true;
END
$$;
COMMENT ON FUNCTION install_directory(BIGINT, TEXT, INTEGER[], TEXT[]) IS 'Takes over a directory whose signature the caller has verified, with the banks it names: new ones become peers with the default limit. False: a directory of that serial or a higher one is there already';

REVOKE ALL ON FUNCTION install_directory(BIGINT, TEXT, INTEGER[], TEXT[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION install_directory(BIGINT, TEXT, INTEGER[], TEXT[]) TO tw_bank, tw_operator;
GRANT UPDATE (name) ON peer TO tw_bank;
