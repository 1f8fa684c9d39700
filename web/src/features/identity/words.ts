import { tOr } from '@/i18n'

// Kinds are the server's: one that is new there has its plain name until it has words here.
export const kindName = (kind: string) => tOr(`identity.kind.${kind}`, kind)
export const fieldName = (kind: string, field: string) => tOr(`identity.field.${kind}.${field}`, field)
export const fieldHint = (kind: string, field: string) => tOr(`identity.hint.${kind}.${field}`, '') || undefined
export const choiceName = (kind: string, field: string, choice: string) => tOr(`identity.choice.${kind}.${field}.${choice}`, choice)
export const secretName = (kind: string) => tOr(`identity.secret.${kind}`, kind)
export const stepName = (step: string) => tOr(`identity.step.${step}`, tOr('identity.step.other', step))
