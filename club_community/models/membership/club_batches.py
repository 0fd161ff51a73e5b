"""How the club's jobs go through many records: one way for all of them.

A batch is one transaction. Who changes one of its records meanwhile, or another worker
who is faster, makes PostgreSQL refuse the batch: it is rolled back and tried again with
what is true then. Between batches the job commits and looks at the clock, so it can be
killed at any point and run again.
"""

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import split_every

TRIES = 5  # of one batch, in a row


def insist(env, step, also=()):
    """Do ``step`` in what is left of the transaction; tried again where it is refused.

    What has not been committed before is lost with a try, so call it right after a
    commit, and let ``step`` look for its records itself.

    :param step: called without arguments
    :param also: further exceptions of PostgreSQL that another worker's speed explains
    :return: what ``step`` returns, flushed
    """
    tries_left = TRIES
    while True:
        tries_left -= 1
        try:
            done = step()
            env.flush_all()
            return done
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, *also):
            env.cr.rollback()
            if not tries_left:
                raise


def run_steps(env, step, left, also=()):
    """Do ``step`` until nothing is left or the job's time is over.

    :param step: does one batch; returns how many it has done, 0 when none are left or
        other workers hold them
    :param left: how many there are, for the job's progress
    :return: True when none are left, False when the time is over
    """
    cron = env["ir.cron"]
    cron._commit_progress(remaining=left)
    while True:
        done = insist(env, step, also)
        # a last step of nothing is committed, too: it may note that all is done
        time_left = cron._commit_progress(done)
        if not done or not time_left:
            return not done


def run_list(env, ids, size, step, also=()):
    """Do ``step`` for a list of ids that is known from the start, batch by batch.

    :param step: called with the ids of a batch
    """
    cron = env["ir.cron"]
    cron._commit_progress(remaining=len(ids))
    for batch in split_every(size, ids, list):
        insist(env, lambda batch=batch: step(batch), also)
        if not cron._commit_progress(len(batch)):
            return
