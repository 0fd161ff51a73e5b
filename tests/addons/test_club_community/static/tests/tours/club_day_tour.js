import { registry } from "@web/core/registry";

/**
 * A personal manager's morning by keyboard alone: five people, five actions.
 * It starts on My day. Only names, classes and keys: the same in every language.
 */
function openFirst(rows) {
    return [
        {
            content: `${rows} people wait`,
            trigger: `body:not(:has(.modal)) .o_list_view:has(.o_data_row:nth-of-type(${rows + 1})):not(:has(.o_data_row:nth-of-type(${rows + 2})))`,
        },
        {
            content: "To the search field",
            trigger: ".o_searchview_input",
            run: "press alt+q",
        },
        {
            content: "The menu of filters is not needed",
            trigger: ".o_search_bar_menu, .o-dropdown--menu",
            run: "press Escape",
        },
        {
            trigger: "body:not(:has(.o-dropdown--menu)) .o_searchview_input",
        },
        {
            content: "Down into the list, past its head and the reason",
            trigger: ".o_searchview_input:focus",
            run: "press ArrowDown",
        },
        {
            trigger: ".o_list_view thead input:focus",
            run: "press ArrowDown",
        },
        {
            trigger: ".o_list_view .o_group_header :focus",
            run: "press ArrowDown",
        },
        {
            content: "The first person",
            trigger: ".o_list_view .o_data_row :focus",
            run: "press Enter",
        },
        {
            content: "Who, why, what to say",
            trigger: ".modal div[name='why']",
        },
    ];
}

function morning() {
    return [
        ...openFirst(5),
        {
            content: "A call is noted",
            trigger: ".modal button[name='action_note']",
            run: "press alt+c",
        },
        {
            content: "What came of it",
            trigger: ".modal div[name='result'] textarea",
            run: "edit Looks for partners in Tver",
        },
        {
            trigger: ".modal button[name='action_save']",
            run: "press alt+q",
        },
        ...openFirst(4),
        {
            content: "A letter",
            trigger: ".modal button[name='action_letter']",
            run: "press alt+l",
        },
        {
            trigger: ".modal div[name='subject'] input",
            run: "edit The news of the club",
        },
        {
            trigger: ".modal button[name='action_send_mail']",
            run: "press alt+q",
        },
        ...openFirst(4),
        {
            content: "The letter is done with: tick it off",
            trigger: ".modal button[name='action_done']",
            run: "press alt+w",
        },
        ...openFirst(3),
        {
            content: "A meeting is planned",
            trigger: ".modal button[name='action_meeting']",
            run: "press alt+m",
        },
        {
            content: "Stock's window has it filled in",
            trigger: ".modal .o_form_view div[name='name'] textarea, .modal .o_form_view div[name='name'] input",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "press alt+s",
        },
        ...openFirst(2),
        {
            content: "Not today",
            trigger: ".modal button[name='action_tomorrow']",
            run: "press alt+t",
        },
        {
            content: "One is left",
            trigger:
                "body:not(:has(.modal)) .o_list_view:has(.o_data_row:nth-of-type(2)):not(:has(.o_data_row:nth-of-type(3)))",
        },
    ];
}

registry.category("web_tour.tours").add("club_day", { steps: morning });
