"""Jobs that are killed wherever it hurts, and run again.

A copy of an Odoo process runs the job and is killed with SIGKILL at a query: starting
Odoo anew for each death takes seconds. The copy has connections of its own, as it must.
"""

import os
import signal
from collections import Counter


def run_job(env, model: str, job: str, death: dict, prepare=None, *arguments) -> int:
    """Run a job in a copy of this process, which may be killed; return its wait status.

    :param death: ``{"query": number}`` kills it before its so-manieth query
    :param prepare: called in the copy with ``(registry, death, *arguments)``
    """
    env.cr.commit()  # the copy must not wait for us
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    try:
        _run_in_copy(env.registry, model, job, death, prepare, arguments)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _run_in_copy(registry, model, job, death, prepare, arguments):
    from odoo import sql_db
    from odoo.api import SUPERUSER_ID, Environment

    sql_db._Pool = None  # the sockets in it are our parent's
    registry._db = sql_db.db_connect(registry.db_name)
    _die_at_query(sql_db.Cursor, death.get("query"))
    if prepare:
        prepare(registry, death, *arguments)
    with registry.cursor() as cr:
        getattr(Environment(cr, SUPERUSER_ID, {})[model], job)()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_query(Cursor, number):
    execute, done = Cursor.execute, Counter()

    def count(self, *args, **kwargs):
        done["queries"] += 1
        if done["queries"] == number:
            die()
        return execute(self, *args, **kwargs)

    Cursor.execute = count


def run_until_done(process, job: tuple, deaths: list, prepare=None, *arguments) -> int:
    """Let the job die so often, then end twice; return how often it was really killed.

    :param job: model and method
    """
    killed = 0
    for death in deaths:
        status = process(run_job, *job, death, prepare, *arguments).value
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    for _twice in range(2):
        assert process(run_job, *job, {}, prepare, *arguments).value == 0
    return killed
