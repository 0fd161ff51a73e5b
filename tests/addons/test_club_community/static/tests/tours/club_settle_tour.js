import { registry } from "@web/core/registry";

/**
 * The manager on a Monday morning: fills in the profile, answers the next question,
 * and settles what a bot has heard otherwise. It starts on the form of the person.
 * Only names and classes: the same steps in every language.
 */
function fillAndSettle() {
    return [
        {
            content: "The page of the profile",
            trigger: ".o_notebook .nav-link[name='club_profile']",
            run: "click",
        },
        {
            content: "The whole profile",
            trigger: ".tab-pane button[name='action_club_profile']",
            run: "click",
        },
        {
            content: "The card has come: the contact's page has the same columns",
            trigger: "button[name='action_club_ledger']",
        },
        {
            content: "A fact is typed",
            trigger: "div[name='club_pets'] input",
            run: "edit A parrot",
        },
        {
            content: "A goal",
            trigger: "div[name='club_goal_ids'] .o_field_x2many_list_row_add button, div[name='club_goal_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "in the person's words",
            trigger: "div[name='club_goal_ids'] .o_selected_row div[name='name'] input",
            run: "edit Find a partner",
        },
        {
            content: "Saved",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
        {
            content: "What to ask next",
            trigger: "div[name='club_ask_next'] button[name='action_club_answer_next']",
            run: "click",
        },
        {
            content: "How to address the person",
            trigger: ".modal div[name='text'] input",
            run: "edit Anna Ivanovna",
        },
        {
            content: "Keep it",
            trigger: ".modal button[name='action_answer']",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Two say different things",
            trigger: "button[name='action_club_conflicts']",
            run: "click",
        },
        {
            content: "The bot is right",
            trigger: ".o_list_view button[name='action_take']",
            run: "click",
        },
        {
            content: "Nothing is left to settle",
            trigger: ".o_list_view .o_nocontent_help, .o_view_nocontent",
        },
    ];
}

registry.category("web_tour.tours").add("club_settle", { steps: fillAndSettle });
