-- +goose Up
-- What an item is found by lies beside the rows and not in them: a search reads
-- when hundreds of items were published, and their words never, so it should
-- find seventy rows on a page and not three.
alter table platform.item_terms set (toast_tuple_target = 128);

-- Every number of two digits or more is a term of its own now: looking for 第123号
-- by its pairs of digits meant going through a good part of all items.
drop index platform.item_terms_ix;
alter table items no force row level security;
alter table item_attachments no force row level security;
update platform.item_terms t
   set terms = tsvector_concat(t.terms, array_to_tsvector(array(
         select m.mark || f.field || '#' || n.number[1]
           from (select platform.terms_mark(t.tenant_id) as mark) m
          cross join lateral (
            select '=' as field, i.title as text union all
            select '', i.title union all
            select '', i.body_text union all
            select '', a.name from item_attachments a where a.tenant_id = i.tenant_id and a.item_id = i.id) f
          cross join lateral regexp_matches(translate(f.text, '０１２３４５６７８９', '0123456789'), '(?<![0-9])[0-9]{2,40}(?![0-9])', 'g') as n (number))))
  from items i
 where i.tenant_id = t.tenant_id and i.id = t.item_id and t.terms is not null;
alter table item_attachments force row level security;
alter table items force row level security;
create index item_terms_ix on platform.item_terms using gin (terms) with (gin_pending_list_limit = 256) where terms is not null;
