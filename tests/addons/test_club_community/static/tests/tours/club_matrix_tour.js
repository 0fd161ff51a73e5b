import { registry } from "@web/core/registry";

/**
 * The matrix: fold a phase and open it again, go from cell to cell by arrows, fill the
 * empty cell that has people in it, and see it filled. Only names and classes: the same
 * steps in every language.
 */
registry.category("web_tour.tours").add("club_matrix", {
    steps: () => [
        {
            content: "Fold the first phase",
            trigger: ".o_club_matrix_phase button[aria-expanded='true']:first",
            run: "click",
        },
        {
            content: "Open it again",
            trigger: ".o_club_matrix_phase button[aria-expanded='false']",
            run: "click",
        },
        {
            content: "All phases are open; arrows go from the cell above to the empty one",
            trigger: ".o_club_matrix:not(:has(button[aria-expanded='false'])) .o_club_matrix_gap",
            run() {
                const rows = [...document.querySelectorAll(".o_club_matrix_stage")];
                const row = rows.findIndex((tr) => tr.querySelector(".o_club_matrix_gap"));
                const above = rows[row - 1].querySelector(".o_club_matrix_cell");
                above.focus();
                above.dispatchEvent(
                    new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true })
                );
            },
        },
        {
            content: "It has the focus: open it",
            trigger: ".o_club_matrix_gap:focus",
            run: "click",
        },
        {
            content: "What people need there",
            trigger: "div[name='need'] textarea",
            run: "edit To meet three people",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Back to the matrix",
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
            run() {
                document.querySelector(".o_back_button, .breadcrumb-item a").click();
            },
        },
        {
            content: "The cell says it, and no cell with people is empty",
            trigger:
                ".o_club_matrix_action:not(:has(.o_club_matrix_gaps)) .o_club_matrix_cell:contains('To meet three people')",
        },
        {
            content: "Only cells with people",
            trigger: ".o_club_matrix_filter",
            run: "click",
        },
        {
            content: "One row is left",
            trigger: ".o_club_matrix_stage:only-of-type, .o_club_matrix:not(:has(.o_club_matrix_blank))",
        },
    ],
});
