// SPDX-License-Identifier: EUPL-1.2
//! Taking up again what had failed: for those who missed something that is still of use.

use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;

use crate::domain::clock::Timestamp;
use crate::storage::database::on;
use crate::storage::delivery_counts::{Changes, MOVED, Moved, Of};
use crate::storage::{Result, Transaction};

/// Whether somebody asked for mail beside pushes, in which case neither stands in for the other.
const WANTS_BOTH: &str = "(exists (select 1 from matches m join profiles p on p.id = m.profile_id
    where p.subscriber_id = notifications.subscriber_id and m.occasion_id = notifications.occasion_id
        and m.channels & 3 = 3)
    or exists (select 1 from follow_ups u join profiles p on p.id = u.profile_id
    where p.subscriber_id = notifications.subscriber_id and u.occasion_id = notifications.occasion_id
        and u.channels & 3 = 3))";

/// Makes due again what has failed of these occasions, with all its attempts before it, where telling is still of use
/// and the target is still active. How many that were; a second call finds none.
///
/// Unless somebody asked for both, one who was or will be told on the other channel has missed nothing, and a mail waits
/// on the push that is taken up with it, whichever of the two this statement changes first. The reason stays until the next
/// answer: the counters give it back. What else a person was owed is looked up by their targets: by the occasion, all that
/// it owes would be read for each row.
///
/// # Errors
/// What the engine says.
pub async fn retry_failed(transaction: &mut Transaction, of: Of, now: Timestamp) -> Result<u64> {
    let (condition, id) = of.condition();
    let statement = format!(
        "update notifications set attempts = 0, retries = retries + 1, not_before = 0, finished_at = null,
            expires_at = (select o.expires_at from occasions o where o.id = notifications.occasion_id),
            state = case when channel = 1 and not {WANTS_BOTH} and exists (select 1 from targets b cross join notifications w
                    where b.subscriber_id = notifications.subscriber_id and b.channel = 0
                        and w.occasion_id = notifications.occasion_id and w.target_id = b.id
                        and (w.state = 4 and b.status = 1 or w.state < 3)) then 0 else 1 end
         where state = 4 and occasion_id in (select o.id from occasions o
                left join opportunities p on p.id = o.opportunity_id
                where {condition} and o.expires_at > $2 and (p.id is null or p.status = 'published' or o.change is not null))
            and exists (select 1 from targets t where t.id = notifications.target_id and t.status = 1)
            and ({WANTS_BOTH} or not exists (select 1 from targets b cross join notifications w
                where b.subscriber_id = notifications.subscriber_id and b.channel <> notifications.channel
                    and w.occasion_id = notifications.occasion_id and w.target_id = b.id and w.state < 4))
         {MOVED}"
    );
    let (mut taken_up, mut changes) = (0, Changes::default());
    on!(transaction, connection => {
        let mut moved = sqlx::query_as::<_, Moved>(AssertSqlSafe(statement)).bind(id).bind(now).fetch(connection);
        while let Some(row) = moved.try_next().await? {
            taken_up += 1;
            changes.taken_up(&row);
        }
    });
    changes.keep(transaction).await?;
    Ok(taken_up)
}
