"""Keeps the status bar true: budget, running job, unsaved changes, connection; tells once when the key is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from crmdesk.ui.widgets import Message
from crmdesk.ui.window.reconnect import Reconnect
from crmdesk.ui.window.status_bar import Running, StatusBar, clock

if TYPE_CHECKING:
    from crmdesk.session import Session
    from crmdesk.ui.window.desk import AccountDesk

REFUSED = "connection:refused"
OFFLINE = "connection:offline"
STAGED = "review:staged"


class LiveStatus(QObject):
    """Looks once a second at what is in memory anyway, and at once when the session announces something."""

    EVERY_MS = 1000

    def __init__(
        self,
        desk: AccountDesk,
        session: Session,
        bar: StatusBar,
        key_wanted: Callable[[], None],
        address_wanted: Callable[[str], None],
    ) -> None:
        super().__init__(desk)
        self._desk = desk
        self._session = session
        self._bar = bar
        self._key_wanted = key_wanted
        self._address_wanted = address_wanted
        self._state = ""
        self.retry = Reconnect(self, desk.tasks, session.connect, desk.say_error)
        self._refused = False
        self._offered = 0  # how many changes were offered as unsaved from last time
        self._titled = 0
        self._title = ""
        self._elsewhere = ""
        self._asking_elsewhere = False
        self._ticks = 0
        self._ends = [
            session.subscribe(self._announced),
            session.jobs.subscribe(self._job_event),
            session.drafts.subscribe(lambda _event: self._show_staged()),
        ]
        self._timer = QTimer(self)
        self._timer.setInterval(self.EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self.update()

    def end(self) -> None:
        """Stop looking."""
        self._timer.stop()
        self.retry.end()
        for end in self._ends:
            end()
        self._ends = []
        self._bar.show_running(None)
        self._bar.show_budget(None)
        self._bar.show_staged(0)
        self._desk.window_.messages.clear(STAGED)
        self._desk.window_.messages.clear(REFUSED)
        self._desk.window_.messages.clear(OFFLINE)

    def update(self) -> None:
        """Draw budget and job from memory."""
        self._bar.show_budget(self._session.budget.state())
        running = self._session.jobs.running
        if running is None and self._elsewhere:
            self._bar.show_running(Running(self._elsewhere, show=lambda: self._desk.open("jobs")))
        else:
            self._bar.show_running(self._running(running) if running is not None else None)
        here = "1 running" if running is not None else "runs elsewhere" if self._elsewhere else ""
        self._desk.window_.sidebar.note("jobs", here)
        self._show_staged()
        self._show_connection()

    def tells(self, error: BaseException) -> bool:
        """Whether this error is the connection's and told here: the session hears of it, too."""
        from crmdesk.crm.errors import CrmError

        if not isinstance(error, CrmError):
            return False
        found = self._session.heard(error)
        if found.state == "refused":
            self._tell_refused(error)
        return found.state in ("refused", "offline", "moved") and found.error is not None

    def key_replaced(self) -> None:
        """What was refused is over."""
        self._refused = False
        self._desk.window_.messages.clear(REFUSED)

    def offer_interrupted(self) -> None:
        """Tell of jobs that were not finished the last time."""
        self._desk.tasks.start(self._session.jobs.list(), owner=self, title="Listing the jobs", on_done=self._offer)

    # --- what is unsaved -----------------------------------------------------------------------

    def offer_staged(self) -> None:
        """Tell calmly of changes that were not saved the last time; they stay until saved or discarded."""
        count = self._session.drafts.count()
        if not count:
            return
        self._offered = count
        self._desk.say(
            Message(
                f"{count:,} unsaved change{'' if count == 1 else 's'} from last time",
                "They were kept and are marked where they stand; nothing of them was sent.",
                tone="staged",
                actions=(("Review", self._review), ("Discard", self._discard)),
                key=STAGED,
            )
        )

    def _show_staged(self) -> None:
        count = self._session.drafts.count()
        self._bar.show_staged(count, self._review)
        if count != self._offered:  # it is not what was kept any more: what is new must not be discarded with it
            self._desk.window_.messages.clear(STAGED)

    def _review(self) -> None:
        self._desk.window_.messages.clear(STAGED)
        self._desk.open("review")

    def _discard(self) -> None:
        from crmdesk.ui.review import ask

        ask.discard(self._desk)

    # --- jobs ----------------------------------------------------------------------------------

    def _running(self, job_id: int) -> Running:
        progress = self._session.jobs.progress(job_id)
        text = self._title_of(job_id)
        if progress is None:
            return Running(text)
        text += f" · {100 * progress.done // progress.records}%" if progress.records else ""
        if progress.waiting_until is not None:
            text += f" · waits for the budget until {clock(progress.waiting_until)}"
        elif progress.eta is not None:
            left = (progress.eta - datetime.now(progress.eta.tzinfo)).total_seconds()
            text += f" · done about {clock(progress.eta)}" if left > 60 else f" · done in {max(1, round(left))} s"
        jobs, tasks = self._session.jobs, self._desk.tasks
        return Running(
            text,
            pause=lambda: tasks.start(jobs.pause(job_id), owner=self, title="Pausing the job"),
            cancel=lambda: tasks.start(self._cancel(job_id), owner=self, title="Cancelling the job"),
            show=lambda: self._desk.open("jobs", {"job": job_id}),
        )

    async def _cancel(self, job_id: int) -> None:
        """Cancelling is for good, so it is asked; the job runs on meanwhile."""
        from crmdesk.ui.window.dialogs import choose

        answer = await choose(
            self._desk.window_,
            f"Cancel “{self._title_of(job_id)}”?",
            "What was changed so far stays, and can be undone from Jobs. The rest is not attempted.",
            [("Let it run", "plain"), ("Cancel the job", "danger")],
        )
        if answer == 1 and self._session.jobs.progress(job_id) is not None:
            await self._session.jobs.cancel(job_id)

    def _title_of(self, job_id: int) -> str:
        """The title of the running job; asked once, shown when it is there."""
        if self._titled != job_id:
            self._titled, self._title = job_id, "A job is running"
            self._desk.tasks.start(
                self._find_title(job_id), owner=self, on_failed=lambda error: self._desk.say_error(error)
            )
        return self._title

    async def _find_title(self, job_id: int) -> None:
        summary = await (await self._session.jobs.get(job_id)).summary()
        if self._titled == job_id:
            self._title = summary.title
            self.update()

    def _offer(self, summaries: list[Any]) -> None:
        waiting = [summary for summary in summaries if summary.resumable]
        if not waiting or self._session.jobs.running is not None:
            return
        first = waiting[0]
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        self._desk.say(
            Message(
                f"“{first.title}”{more} {'was interrupted' if first.interrupted else 'is paused'}",
                "It can go on where it stopped; nothing is applied twice.",
                tone="staged",
                actions=(
                    ("Resume", lambda: self._resume(first.id)),
                    ("Show jobs", lambda: self._desk.open("jobs", {"job": first.id})),
                ),
                key="jobs:interrupted",
            )
        )

    def _resume(self, job_id: int) -> None:
        self._desk.tasks.start(
            self._session.jobs.start(job_id),
            owner=self,
            title="Resuming the job",
            again=lambda: self._resume(job_id),
        )

    def _job_event(self, _event: object) -> None:
        self.update()

    def _tick(self) -> None:
        self.update()
        self._ticks += 1
        # Another process's job is known only from its lock: a file, so asked seldom and off the loop.
        if self._ticks % 10 == 1 and not self._asking_elsewhere and self._session.jobs.running is None:
            self._asking_elsewhere = True
            self._desk.tasks.start(
                self._session.jobs.busy(), owner=self, on_done=self._busy, on_failed=self._busy_unknown
            )

    def _busy(self, busy: Any) -> None:
        self._asking_elsewhere = False
        self._elsewhere = "" if busy is None else f"“{busy.title}” runs in another window or command"
        self.update()

    def _busy_unknown(self, error: BaseException) -> None:
        self._asking_elsewhere = False
        self._desk.say_error(error, "Looking for jobs of other windows")

    # --- connection ----------------------------------------------------------------------------

    def _announced(self, announcement: Any) -> None:
        state = getattr(announcement, "state", None)
        if state is not None:
            self._connection(str(state), str(announcement.text), announcement.error)
        self.update()

    def _connection(self, state: str, text: str, error: BaseException | None) -> None:
        before, self._state = self._state, state
        messages = self._desk.window_.messages
        if state != "offline":
            self.retry.end()
        if state == "connected":
            self._refused = False
            messages.clear(REFUSED)
            messages.clear(OFFLINE)
            if before in ("offline", "refused", "moved"):
                self._desk.catch_up()
        elif state == "refused":
            messages.clear(OFFLINE)
            self._tell_refused(error)
        elif state == "offline":
            self.retry.lost()
            # The same trouble in other words is no news to someone who has put the message away.
            if before != "offline" or any(message.key == OFFLINE for message in messages.messages):
                remedy = f"{getattr(error, 'remedy', '')} CRMDesk tries again by itself; what was loaded stays."
                self._say_trouble(text, remedy.strip(), error, ("Try now", self._try_now))
        elif state == "moved":
            self._tell_moved(text, error)

    def _say_trouble(
        self, text: str, remedy: str, error: BaseException | None, *actions: tuple[str, Callable[[], object]]
    ) -> None:
        details = getattr(error, "details", "")
        self._desk.say(Message(text, remedy, details, "warning", actions, OFFLINE, stays=True))

    def _show_connection(self) -> None:
        host = self._desk.account.host
        words = {
            "offline": " · ".join(part for part in ("offline", self.retry.words(), host) if part),
            "refused": f"key refused · {host}",
            "moved": f"account moved · {host}",
        }
        self._bar.show_connection(self._state or "unknown", words.get(self._state, host))

    def _try_now(self) -> None:
        self.retry.try_now()
        self.update()

    def _tell_moved(self, text: str, error: BaseException | None) -> None:
        """The key goes nowhere by itself: the person says whether it may go to the new address."""
        there = getattr(error, "moved_to", None)
        actions: list[tuple[str, Callable[[], object]]] = [("Try again", self._try_now)]
        if there and self._desk.account.profile_id:
            actions.insert(0, ("Change the address…", lambda: self._address_wanted(str(there))))
        self._say_trouble(text, str(getattr(error, "remedy", "")), error, *actions)

    def _tell_refused(self, error: BaseException | None) -> None:
        if self._refused:
            return
        self._refused = True
        self._desk.say(
            Message(
                f"{self._desk.account_name} refused the key",
                "Enter a new key and everything goes on; a running job waits for it.",
                getattr(error, "details", ""),
                "warning",
                (("Enter a new key", self._key_wanted),),
                REFUSED,
                stays=True,
            )
        )
