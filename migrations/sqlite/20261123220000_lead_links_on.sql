-- SPDX-License-Identifier: EUPL-1.2
-- Where whoever signs in by a link goes on: what they had chosen before it was known who they are.
alter table links add column leads_to text;
