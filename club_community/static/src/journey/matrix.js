import { Component, onWillStart, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const CLOSED = "club_matrix_closed";
const WITH_PEOPLE = "club_matrix_with_people";
const ICONS = {
    call: "fa-phone",
    meeting: "fa-users",
    email: "fa-envelope-o",
    message: "fa-comment-o",
};

/**
 * The matrix of the journey: stages, by phase, against segments. One call brings all
 * of it; what is folded and filtered is remembered in the browser.
 */
export class ClubMatrix extends Component {
    static template = "club_community.Matrix";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = { controlPanel: {} };
        this.state = useState({
            data: null,
            closed: JSON.parse(browser.localStorage.getItem(CLOSED) || "{}"),
            withPeople: browser.localStorage.getItem(WITH_PEOPLE) === "1",
        });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.data = await this.orm.call("club.playbook", "get_matrix", []);
    }

    // --- What is shown ---------------------------------------------------------------

    get segments() {
        const { segments, phases } = this.state.data;
        if (!this.state.withPeople) {
            return segments;
        }
        const stages = phases.flatMap((phase) => phase.stages);
        return segments.filter((segment) =>
            stages.some((stage) => this.people(stage, segment))
        );
    }

    stages(phase) {
        if (!this.state.withPeople) {
            return phase.stages;
        }
        return phase.stages.filter((stage) =>
            this.segments.some((segment) => this.people(stage, segment))
        );
    }

    get phases() {
        return this.state.data.phases.filter((phase) => this.stages(phase).length);
    }

    key(stage, segment) {
        return `${stage.id}-${segment.id}`;
    }

    people(stage, segment) {
        return this.state.data.people[this.key(stage, segment)] || 0;
    }

    cell(stage, segment) {
        return this.state.data.cells[this.key(stage, segment)];
    }

    isShown(stage, segment) {
        return !this.state.withPeople || this.people(stage, segment) > 0;
    }

    icon(cell) {
        return ICONS[cell.channel];
    }

    phasePeople(phase) {
        return phase.stages.reduce((sum, stage) => sum + stage.people, 0);
    }

    phaseEmpty(phase) {
        return phase.stages.reduce(
            (sum, stage) =>
                sum +
                this.segments.filter(
                    (segment) => this.people(stage, segment) && !this.cell(stage, segment)
                ).length,
            0
        );
    }

    // --- What is done ----------------------------------------------------------------

    toggle(phase) {
        this.state.closed[phase.code] = !this.state.closed[phase.code];
        browser.localStorage.setItem(CLOSED, JSON.stringify(this.state.closed));
    }

    toggleWithPeople(ev) {
        this.state.withPeople = ev.target.checked;
        browser.localStorage.setItem(WITH_PEOPLE, ev.target.checked ? "1" : "0");
    }

    openCell(stage, segment) {
        const cell = this.cell(stage, segment);
        if (cell || this.state.data.may_edit) {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "club.playbook",
                res_id: cell?.id || false,
                views: [[false, "form"]],
                context: {
                    default_segment_id: segment.id,
                    default_stage_id: stage.id,
                },
            });
        }
    }

    openGaps() {
        this.action.doAction("club_community.club_playbook_gap_action");
    }

    openSegments() {
        this.action.doAction("club_community.club_segment_action");
    }

    openSegment(segment) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "club.segment",
            res_id: segment.id,
            views: [[false, "form"]],
        });
    }

    /** Arrows go from cell to cell, as in a table. */
    onKeydown(ev) {
        const step = {
            ArrowLeft: [0, -1],
            ArrowRight: [0, 1],
            ArrowUp: [-1, 0],
            ArrowDown: [1, 0],
        }[ev.key];
        const here = ev.target.closest("td");
        if (!step || !here) {
            return;
        }
        ev.preventDefault();
        const rows = [...here.closest("table").querySelectorAll("tr.o_club_matrix_stage")];
        const row = rows[rows.indexOf(here.parentElement) + step[0]];
        const next = row?.children[here.cellIndex + step[1]];
        next?.querySelector(".o_club_matrix_cell")?.focus();
    }
}

registry.category("actions").add("club_matrix", ClubMatrix);
