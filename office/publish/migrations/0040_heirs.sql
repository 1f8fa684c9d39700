-- +goose Up
-- The draft of somebody who has left may become somebody else's, who goes on with
-- it (R231). Who wrote what has been handed in, and anything of somebody who is
-- here, stays theirs: nobody reviews what they wrote by giving it away first.
-- +goose StatementBegin
create or replace function items_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  broken text;
  wanted int;
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' then
      broken := 'items_born_as_draft';
    end if;
  elsif tg_op = 'DELETE' then
    if old.state <> 'draft' then
      broken := 'items_kept';
    end if;
  elsif (new.drafter_id, new.drafter_account, new.drafter_name, new.id, new.tenant_id)
        is distinct from (old.drafter_id, old.drafter_account, old.drafter_name, old.id, old.tenant_id)
        and not (old.state = 'draft' and new.state = 'draft' and (new.id, new.tenant_id) = (old.id, old.tenant_id)
                 and exists (select from members m where m.tenant_id = old.tenant_id and m.id = old.drafter_id and m.state = 'left')) then
    broken := 'items_persons_stay';
  elsif old.state = 'withdrawn' then
    broken := 'items_immutable';
  elsif old.state = 'published' then
    if new.state not in ('published', 'withdrawn')
       or to_jsonb(new) - '{state,withdrawn_id,withdrawn_name,withdrawn_at,noticed_at,withdraw_reason,withdraw_minutes,version,touched,changed_by,changed_at}'::text[]
          <> to_jsonb(old) - '{state,withdrawn_id,withdrawn_name,withdrawn_at,noticed_at,withdraw_reason,withdraw_minutes,version,touched,changed_by,changed_at}'::text[] then
      broken := 'items_immutable';
    end if;
  elsif new.state = 'withdrawn' then
    broken := 'items_withdrawn_from_published';
  elsif new.state <> 'draft'
        and (new.title, new.body_html, new.kind, new.column_id, new.source, new.editor_id, new.content_hash)
            is distinct from (old.title, old.body_html, old.kind, old.column_id, old.source, old.editor_id, old.content_hash) then
    broken := 'items_changed_after_submission';
  elsif new.state = 'published' then
    select c.review_levels into wanted from columns c where c.tenant_id = new.tenant_id and c.id = new.column_id;
    if old.state <> 'approved' or new.levels is distinct from wanted
       or wanted <> (select count(*) from item_reviews r
                      where r.tenant_id = new.tenant_id and r.item_id = new.id and r.case_id = new.case_id
                        and r.content_hash = new.content_hash and r.account_id <> new.drafter_account
                        and r.level between 1 and wanted) then
      broken := 'items_reviewed';
    end if;
  end if;
  if broken is not null then
    raise exception 'item: %', broken using errcode = 'check_violation', constraint = broken;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;
-- +goose StatementEnd
