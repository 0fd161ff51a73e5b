import { registry } from "@web/core/registry";

/**
 * The member leaves with a reason, thinks again, and stays; then he leaves at the end.
 *
 * @param {string} active what the card says in the language of the member
 */
function leaveWithReason(active) {
    const leave = [
        {
            content: "A member looks at his card",
            trigger: `.o_club_card_state_active:contains('${active}')`,
        },
        {
            content: "Leave the club",
            trigger: ".o_club_changes a.o_club_leave",
            run: "click",
            expectUnloadPage: true,
        },
    ];
    const submit = {
        content: "Yes, leave",
        trigger: ".o_club_leave_submit",
        run: "click",
        expectUnloadPage: true,
    };
    const fillIn = [
        {
            content: "Say why",
            trigger: ".o_club_leave_form input[name='reason_id']:first",
            run: "click",
        },
        {
            content: "And what could be better",
            trigger: ".o_club_leave_form textarea[name='note']",
            run: "edit A sauna",
        },
        submit,
    ];
    return () => [
        ...leave,
        submit,
        {
            content: "Nobody leaves without a reason, or “not told”",
            trigger: "body:has(.o_club_leave_form) .o_club_leave .alert-warning",
        },
        ...fillIn,
        {
            content: "Thanks; he thinks again, and stays",
            trigger: ".o_club_leaving .o_club_stay",
            run: "click",
            expectUnloadPage: true,
        },
        ...leave,
        ...fillIn,
        {
            content: "This time he means it",
            trigger: ".o_club_leaving a[href='/my/club']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Until the last day he is a member",
            trigger: `body:not(:has(a.o_club_leave)) .o_club_card_state_active:contains('${active}')`,
        },
    ];
}

registry.category("web_tour.tours").add("club_leave_en", {
    steps: leaveWithReason("Active"),
});
registry.category("web_tour.tours").add("club_leave_ru", {
    steps: leaveWithReason("Действует"),
});
