// SPDX-License-Identifier: EUPL-1.2
//! What tests stand on: an open program over a database of its own, and the other sides that it speaks to.

pub(crate) mod app;
pub(crate) mod builders;
pub(crate) mod database;
pub(crate) mod forms;
pub(crate) mod full_life;
pub(crate) mod push_service;
pub(crate) mod random;
pub(crate) mod reader;
pub(crate) mod real_data;
pub(crate) mod rows;
pub(crate) mod smtp_receiver;

/// Makes of each `async fn name(app: &TestApp)` one test on each engine: `sqlite::name` and `postgres::name`.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $crate::support::app::run($crate::support::database::Engine::Sqlite, super::$name).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $crate::support::app::run($crate::support::database::Engine::Postgres, super::$name).await;
                }
            )*
        }
    };
}
pub(crate) use on_both_engines;
