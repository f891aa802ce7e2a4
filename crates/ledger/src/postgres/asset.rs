use onepurse_core::Asset;
use onepurse_postgres::{Client, Row, types::Type};

use super::{fault::Fault, row, schema, server::Server, server::begin_write};

/// Every asset that is counted, in the order in which they were declared.
pub(super) async fn list(client: &Client) -> Result<Vec<Asset>, Fault> {
    let rows = client
        .query_typed("SELECT name, scale, merge, overdraft FROM onepurse.asset ORDER BY id", &[])
        .await?;
    rows.iter().map(asset).collect()
}

/// Counts these from now on, with these policies. All of them or, where one is counted with another scale, none.
pub(super) async fn declare(server: &Server, assets: &[Asset]) -> Result<(), Fault> {
    let session = server.session().await?;
    session.client.batch_execute(&begin_write()).await?;
    schema::lock(&session.client).await?;
    let kept = list(&session.client).await?;
    let (mut new, mut changed): (Vec<&Asset>, Vec<&Asset>) = (vec![], vec![]);
    for asset in assets {
        match kept.iter().chain(new.iter().copied()).find(|kept| kept.name == asset.name) {
            Some(kept) if kept == asset => {}
            Some(kept) if kept.scale == asset.scale => changed.push(asset),
            Some(kept) => {
                let (name, kept, asked) = (asset.name.clone(), kept.scale, asset.scale);
                return Err(Fault::OtherScale { asset: name, kept, asked });
            }
            None => new.push(asset),
        }
    }
    let names: Vec<_> = new.iter().map(|asset| asset.name.as_str()).collect();
    let scales: Vec<_> = new.iter().map(|asset| i64::from(asset.scale.decimals())).collect();
    let merges: Vec<_> = new.iter().map(|asset| asset.merge.as_str()).collect();
    let overdrafts: Vec<_> = new.iter().map(|asset| asset.overdraft.as_str()).collect();
    session
        .client
        .execute_typed(
            "INSERT INTO onepurse.asset (id, name, scale, merge, overdraft)
             SELECT (SELECT coalesce(max(id), 0) FROM onepurse.asset) + place, name, scale, merge, overdraft
             FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
                  WITH ORDINALITY AS new (name, scale, merge, overdraft, place)",
            &[
                (&names, Type::TEXT_ARRAY),
                (&scales, Type::INT8_ARRAY),
                (&merges, Type::TEXT_ARRAY),
                (&overdrafts, Type::TEXT_ARRAY),
            ],
        )
        .await?;
    let names: Vec<_> = changed.iter().map(|asset| asset.name.as_str()).collect();
    let merges: Vec<_> = changed.iter().map(|asset| asset.merge.as_str()).collect();
    let overdrafts: Vec<_> = changed.iter().map(|asset| asset.overdraft.as_str()).collect();
    session
        .client
        .execute_typed(
            "UPDATE onepurse.asset SET merge = changed.merge, overdraft = changed.overdraft
             FROM unnest($1::text[], $2::text[], $3::text[]) AS changed (name, merge, overdraft)
             WHERE asset.name = changed.name",
            &[(&names, Type::TEXT_ARRAY), (&merges, Type::TEXT_ARRAY), (&overdrafts, Type::TEXT_ARRAY)],
        )
        .await?;
    if !(new.is_empty() && changed.is_empty()) {
        session.client.execute_typed(row::MOVE_REVISION, &[]).await?;
    }
    session.commit().await
}

fn asset(row: &Row) -> Result<Asset, Fault> {
    let (merge, overdraft) = (row::merge(row)?, row::overdraft(row)?);
    Ok(Asset { merge, overdraft, ..Asset::new(row::asset(row, "name")?, row::scale(row, "scale")?) })
}
