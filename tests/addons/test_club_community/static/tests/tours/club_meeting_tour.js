import { registry } from "@web/core/registry";

/**
 * A newcomer sees his next step, books the welcome meeting, and moves it.
 *
 * @param {string} start what the first page calls his first days, in his language
 * @param {string} agreed what the page says of the meeting
 * @param {string} moved what it says afterwards
 */
function bookAndMove(start, agreed, moved) {
    return () => [
        {
            content: "The first page leads to the checklist",
            trigger: `.o_club_start_entry:contains('${start}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The first step is to meet the manager",
            trigger: ".o_club_start_step:first .o_club_start_go",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Take the first time",
            trigger: ".o_club_meeting_time:first",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is agreed; move it",
            trigger: `.o_club_meeting:has(.o_club_meeting_booked:contains('${agreed}')) .o_club_meeting_move`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Take another time",
            trigger: ".o_club_meeting_times details:eq(1) .o_club_meeting_time:eq(2)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is moved, and nothing is left to choose",
            trigger: `.o_club_meeting:not(:has(.o_club_meeting_time)) .o_club_meeting_moved:contains('${moved}')`,
        },
    ];
}

const tours = registry.category("web_tour.tours");
tours.add("club_meeting_en", {
    steps: bookAndMove("Your first 30 days", "It is agreed", "The meeting is moved"),
});
tours.add("club_meeting_ru", {
    steps: bookAndMove("Ваши первые 30 дней", "Договорились", "Встреча перенесена"),
});
