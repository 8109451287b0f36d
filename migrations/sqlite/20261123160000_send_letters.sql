-- SPDX-License-Identifier: EUPL-1.2
-- Mails that are owed to no subscription: what people write to the body, and the word that an erasure is done.
-- `mailbox` is whose letter it is: to whom the body answers, or who was erased.

alter table contact_messages rename to letters;
alter table letters rename column reply_to to mailbox;
alter table letters add column kind text not null default 'to-body'; -- to-body, erased: then there is no text
drop index contact_messages_by_due;
create index letters_by_due on letters (due_at);
