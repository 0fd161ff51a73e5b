import { registry } from "@web/core/registry";

/**
 * The club manager hands people over: from the list of managers to the running job.
 * Only names and classes: the same steps in every language.
 */
function handOver() {
    return [
        {
            content: "The manager who goes on leave",
            trigger:
                ".o_data_row:contains('Alla Handover') button[name='action_hand_over']",
            run: "click",
        },
        {
            content: "It is said whose people they are",
            trigger:
                ".o_form_view div[name='from_manager_id'] input:value(Alla Handover)",
        },
        {
            content: "To whom",
            trigger: "div[name='to_manager_ids'] input",
            run: "edit Boris Hand",
        },
        {
            content: "Him",
            trigger: ".o-autocomplete--dropdown-item:contains('Boris Handover')",
            run: "click",
        },
        {
            content: "Why",
            trigger: "div[name='reason'] input",
            run: "edit Leave",
        },
        {
            content: "Who would go to whom?",
            trigger: "button[name='action_preview']:visible",
            run: "click",
        },
        {
            content: "He gets three",
            trigger: "div[name='shares'] tr:contains('Boris Handover'):contains('3')",
        },
        {
            content: "Person by person",
            trigger: "button[name='action_view_lines']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Person 2')",
        },
        {
            content: "Back",
            trigger: ".o_breadcrumb .o_back_button, .o_breadcrumb a:last",
            run: "click",
        },
        {
            content: "Hand over",
            trigger: "button[name='action_run']:visible",
            run: "click",
        },
        {
            content: "It runs",
            trigger:
                ".o_statusbar_status button.o_arrow_button_current[data-value='running']",
        },
    ];
}

registry.category("web_tour.tours").add("club_handover", { steps: handOver });
