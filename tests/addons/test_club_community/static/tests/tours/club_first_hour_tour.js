import { registry } from "@web/core/registry";

/**
 * The first hour after an import: the base is read, a group ticked, the calls are
 * spread over the days, and done. Only names and classes: the same steps in every
 * language.
 */
registry.category("web_tour.tours").add("club_first_hour", {
    steps: () => [
        {
            content: "A new first hour",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Read the base",
            trigger: "button[name='action_read']:not(:disabled)",
            run: "click",
        },
        {
            content: "Who never bought is a group, too",
            trigger: "div[name='group_ids'] tr.o_data_row:last .o_boolean_toggle input:not(:checked)",
            run: "click",
        },
        {
            trigger: "div[name='group_ids'] tr.o_data_row:last .o_boolean_toggle input:checked",
        },
        {
            content: "Who is to call",
            trigger: "button[name='action_managers']",
            run: "click",
        },
        {
            content: "How many a day",
            trigger: "div[name='manager_ids'] tr.o_data_row td[name='per_day']",
            run: "click",
        },
        {
            trigger: "div[name='manager_ids'] td[name='per_day'] input",
            run: "edit 80",
        },
        {
            content: "Show the plan",
            trigger: "button[name='action_preview']",
            run: "click",
        },
        {
            content: "How many on which day",
            trigger: "div[name='plan_table'] tbody tr",
        },
        {
            content: "Do it",
            trigger: "button[name='action_run']",
            run: "click",
        },
        {
            content: "Really",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is being done, and nobody has to wait for it",
            trigger: "body:not(:has(.modal)) .o_statusbar_status [data-value='running'].o_arrow_button_current",
        },
    ],
});

registry.category("web_tour.tours").add("club_first_hour_done", {
    steps: () => [
        {
            content: "Done",
            trigger: "button.btn-primary[name='action_activities']",
            run: "click",
        },
        {
            content: "The activities",
            trigger: ".o_list_view tr.o_data_row",
        },
    ],
});
