// SPDX-License-Identifier: EUPL-1.2
//! Crate `web-push` as its documentation uses it: its encryption, a signature for each message, its default client.
//!
//! usage: `web-push-peer JOB.json`

use std::time::Instant;

use futures_util::StreamExt;
use serde::Deserialize;
use web_push::{
    ContentEncoding, IsahcWebPushClient, SubscriptionInfo, VapidSignatureBuilder, WebPushClient, WebPushMessageBuilder,
};

#[derive(Deserialize)]
struct Job {
    subscriptions: Vec<Subscription>,
    payload: String,
    private_key: String,
    subject: String,
    at_once: usize,
}

#[derive(Deserialize)]
struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args().nth(1).unwrap_or_default();
    let job: Job = serde_json::from_slice(&std::fs::read(file)?)?;
    let client = IsahcWebPushClient::new()?;
    let begun = Instant::now();
    let sendings = job
        .subscriptions
        .iter()
        .map(|subscription| send(&job, &client, subscription));
    let sent = futures_util::stream::iter(sendings)
        .buffer_unordered(job.at_once)
        .filter(|sent| {
            if let Err(error) = sent {
                eprintln!("{error}");
            }
            std::future::ready(sent.is_ok())
        })
        .count()
        .await;
    println!("{{\"sent\": {sent}, \"seconds\": {}}}", begun.elapsed().as_secs_f64());
    Ok(())
}

async fn send(job: &Job, client: &IsahcWebPushClient, to: &Subscription) -> anyhow::Result<()> {
    let subscription = SubscriptionInfo::new(&to.endpoint, &to.p256dh, &to.auth);
    let mut signature = VapidSignatureBuilder::from_base64(&job.private_key, &subscription)?;
    signature.add_claim("sub", job.subject.as_str());
    let mut message = WebPushMessageBuilder::new(&subscription);
    message.set_payload(ContentEncoding::Aes128Gcm, job.payload.as_bytes());
    message.set_vapid_signature(signature.build()?);
    message.set_ttl(3600);
    client.send(message.build()?).await?;
    Ok(())
}
