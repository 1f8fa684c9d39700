-- +goose Up
-- The same answer from one look at the columns above, by a function whose plan
-- the connection keeps.
-- +goose StatementBegin
create or replace function column_rules(
  at uuid[], out kinds text[], out sign boolean, out named_from date, out comments boolean, out receipts boolean, out all_staff boolean)
language plpgsql stable set search_path = public, pg_temp as $$
declare
  c record;
begin
  for c in select k.kinds, k.sign, k.named_from, k.comments, k.receipts, k.all_staff
             from columns k where k.id = any (at) order by cardinality(k.path) desc
  loop
    kinds := coalesce(kinds, c.kinds);
    sign := coalesce(sign, c.sign);
    named_from := coalesce(named_from, c.named_from);
    comments := coalesce(comments, c.comments);
    receipts := coalesce(receipts, c.receipts);
    all_staff := coalesce(all_staff, c.all_staff);
  end loop;
  kinds := coalesce(kinds, '{news,notice,announcement,briefing}');
  sign := coalesce(sign, false);
  comments := coalesce(comments, false);
  receipts := coalesce(receipts, false);
  all_staff := coalesce(all_staff, false);
end $$;
-- +goose StatementEnd
