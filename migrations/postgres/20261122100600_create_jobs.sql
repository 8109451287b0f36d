-- SPDX-License-Identifier: EUPL-1.2
-- Each job once: when it last ran, how that ended, and which worker holds it now.

create table job_runs (
    job text primary key,
    scheduled_for bigint not null, -- the last due time of its schedule that has been taken care of
    lease_token bigint,
    lease_until bigint not null default 0,
    started_at bigint,
    finished_at bigint,
    outcome text
);
