-- +goose Up
-- The dictionary of a tenant as it is now, and how far its stock has been
-- checked against it. A pass over the stock goes on where it stopped.
create table word_states (
  tenant_id       uuid not null default app_tenant(),
  version         int  not null constraint word_states_version_counts check (version > 0),
  stamp           uuid not null, -- never given twice: caches go by it
  checked_version int  not null default 0,
  checked_at      timestamptz,
  pass_version    int  not null default 0, -- 0: no pass is under way
  pass_kind       text not null default '',
  pass_after      text not null default '',
  pass_items      int  not null default 0,
  pass_started_at timestamptz,
  constraint word_states_pkey primary key (tenant_id)
);
call confine('word_states');

create table words (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  word       text not null constraint words_word_present check (word <> ''),
  norm       text not null collate "C" constraint words_norm_length check (length(norm) between 1 and 40), -- as it is compared
  class      text not null constraint words_class_known
    check (class in ('political', 'secret', 'vulgar', 'advert', 'typo', 'wording', 'other')),
  level      text not null constraint words_level_known check (level in ('block', 'warn', 'hint')),
  advice     text not null default '',
  version    int  not null default 1,
  changed_by uuid,
  changed_at timestamptz not null,
  constraint words_pkey primary key (tenant_id, id),
  constraint words_norm_uq unique (tenant_id, norm)
);
call confine('words');

-- Phrases in which a word does not count.
create table word_phrases (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  phrase     text not null constraint word_phrases_phrase_present check (phrase <> ''),
  norm       text not null collate "C" constraint word_phrases_norm_length check (length(norm) between 1 and 40),
  changed_by uuid,
  changed_at timestamptz not null,
  constraint word_phrases_pkey primary key (tenant_id, id),
  constraint word_phrases_norm_uq unique (tenant_id, norm)
);
call confine('word_phrases');

-- Every version there has been, and what it changed: enough to tell what the
-- dictionary said when an old result was made.
create table word_versions (
  tenant_id uuid not null default app_tenant(),
  version   int  not null,
  at        timestamptz not null,
  member_id uuid, -- nobody: the words a new tenant begins with
  action    text not null constraint word_versions_action_known
    check (action in ('seeded', 'word_added', 'word_changed', 'word_removed', 'imported', 'phrase_added', 'phrase_removed')),
  added     int  not null default 0,
  changed   int  not null default 0,
  removed   int  not null default 0,
  constraint word_versions_pkey primary key (tenant_id, version)
);
call confine('word_versions', 'select, insert');

create table word_changes (
  tenant_id uuid not null default app_tenant(),
  version   int  not null,
  n         int  not null,
  kind      text not null constraint word_changes_kind_known check (kind in ('word', 'phrase')),
  act       text not null constraint word_changes_act_known check (act in ('added', 'changed', 'removed')),
  word      text not null, -- or the phrase; what it is afterwards, or was if it is removed
  class     text not null default '',
  level     text not null default '',
  advice    text not null default '',
  constraint word_changes_pkey primary key (tenant_id, version, n),
  constraint word_changes_version_fkey foreign key (tenant_id, version) references word_versions (tenant_id, version)
);
call confine('word_changes', 'select, insert');

-- What the nightly pass found in things that are published.
create table word_findings (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  kind       text not null,
  item_id    uuid not null,
  title      text not null,
  href       text not null,
  dictionary int  not null, -- the version it was last checked against
  blocks     int  not null,
  warns      int  not null,
  hints      int  not null,
  words      text[] not null, -- which words, a few of them
  state      text not null constraint word_findings_state_known check (state in ('open', 'ignored', 'fixed')),
  version    int  not null default 1,
  found_at   timestamptz not null,
  seen_at    timestamptz not null, -- by the last pass that found it
  changed_by uuid,
  changed_at timestamptz not null,
  constraint word_findings_pkey primary key (tenant_id, id),
  constraint word_findings_item_uq unique (tenant_id, kind, item_id)
);
create index word_findings_state_ix on word_findings (tenant_id, state, id desc);
call confine('word_findings');
