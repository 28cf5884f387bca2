"""A network's PostgreSQL: asked by psql, stopped, started, and hurt.

network.sh starts and stops it (so that the tests use the real way); its postmaster becomes a child
of the test process, which is a subreaper.
"""

import contextlib
import os
import signal
import subprocess
import tempfile

import paths
from processes import wait_until

END = "-- end of the answer --"


class Postgres:
    def __init__(self, folder, network_folder, database="bank"):
        self._folder = folder
        self._network = network_folder
        self._database = database
        self._idle = []  # Sessions that wait for the next question

    def _network_sh(self, *arguments):
        done = subprocess.run([paths.NETWORK_SH, arguments[0], self._network, *arguments[1:]],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"network.sh {' '.join(arguments)}: {done.stderr}")

    def start(self):
        self._network_sh("start", "postgres")

    def stop(self):
        self.close()
        self._network_sh("stop", "postgres")

    def kill_postmaster(self):
        """kill -9, as a crash of the machine's process table; its children notice and end."""
        self.close()
        self._network_sh("kill", "postgres")

    def close(self):
        """Ends the sessions that were kept for questions."""
        while self._idle:
            self._idle.pop().close()

    def _psql(self, user):
        return [paths.POSTGRES_BIN / "psql", "--no-psqlrc", "--quiet", "--tuples-only",
                "--no-align", "--set=ON_ERROR_STOP=1", f"--host={self._folder}",
                f"--dbname={self._database}", f"--username={user}"]

    def query(self, sql, user="postgres"):
        """Unaligned text of psql; raises AssertionError with its message. A session is used again:
        a new one costs more than most questions. One that PostgreSQL ended meanwhile is replaced."""
        kept = next((one for one in self._idle if one.user == user), None)
        if kept is not None:
            with contextlib.suppress(ValueError):  # another thread was faster
                self._idle.remove(kept)
                try:
                    return self._ask(kept, sql)
                except SessionLost:
                    pass
        return self._ask(Session(self._psql(user), user), sql)

    def _ask(self, session, sql):
        answer = session.ask(sql)
        self._idle.append(session)
        return answer

    @contextlib.contextmanager
    def holding(self, sql):
        """A session that ran this in a transaction, and keeps its locks until the end."""
        session = subprocess.Popen(self._psql("postgres"), text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        try:
            session.stdin.write(f"BEGIN;\n{sql};\n\\echo held\n")
            session.stdin.flush()
            while (line := session.stdout.readline()) != "held\n":
                assert line, "psql ended before it held anything"
            yield
        finally:
            session.communicate("ROLLBACK;\n")

    def waiting(self):
        """How many backends wait for a lock that another one holds."""
        return int(self.query("SELECT count(*) FROM pg_stat_activity WHERE "
                              "wait_event_type = 'Lock'"))

    def accepts(self):
        try:
            return self.query("SELECT 1").strip() == "1"
        except AssertionError:
            return False

    def wait_accepts(self):
        wait_until(self.accepts, "PostgreSQL accepts connections")

    def backends(self, application="bank-server%"):
        """Process ids of the backends that serve connections of this application name."""
        text = self.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE "
                          f"'{application}' ORDER BY pid")
        return [int(pid) for pid in text.split()]

    def terminate_backends(self, application="bank-server%"):
        """pg_terminate_backend of all of them; returns how many."""
        text = self.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                          f"application_name LIKE '{application}'")
        return int(text)

    def kill_backend(self, pid):
        """kill -9 of one backend: the postmaster restarts all of them and recovers."""
        os.kill(pid, signal.SIGKILL)

    def set(self, name, value):
        self.query(f"ALTER SYSTEM SET {name} = {value}")
        self.query("SELECT pg_reload_conf()")


class SessionLost(AssertionError):
    """The server had ended the session, before or while it was asked."""


class Session:
    """A psql that is asked again and again. At an error it ends, and so does the session."""

    LOST = ("connection to server", "server closed the connection", "terminating connection")

    def __init__(self, command, user):
        self.user = user
        self._complaints = tempfile.TemporaryFile("w+")
        self._psql = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=self._complaints)

    def ask(self, sql):
        with contextlib.suppress(BrokenPipeError):
            self._psql.stdin.write(f"{sql}\n;\n\\echo {END}\nDISCARD ALL;\n")
            self._psql.stdin.flush()
        lines = []
        while (line := self._psql.stdout.readline()) != f"{END}\n":
            if not line:
                raise self._failure()
            lines.append(line)
        return "".join(lines)

    def _failure(self):
        self._psql.wait()
        self._complaints.seek(0)
        reason = self._complaints.read()
        self.close()
        lost = any(text in reason for text in self.LOST)
        return (SessionLost if lost else AssertionError)(f"psql: {reason}")

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._psql.stdin.close()
        self._psql.wait()
        self._psql.stdout.close()
        self._complaints.close()
