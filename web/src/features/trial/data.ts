import { useQuery, useQueryClient } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { TrialContact, TrialFeedback, TrialFeedbackPage, TrialRun, TrialRunPage, TrialTraining, TrialTrainingPage } from '@/api/types'

export function useStanding() {
  return useQuery({ queryKey: ['trial'], queryFn: ({ signal }) => ok(client.GET('/trial', { signal })) })
}

export function useRun(id: string) {
  return useQuery({ queryKey: ['trial-run', id], queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}', { signal, params: { path: { id } } })) })
}

export function useFigures(id: string, enabled: boolean) {
  return useQuery({ queryKey: ['trial-figures', id], enabled, queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}/figures', { signal, params: { path: { id } } })) })
}

/** Shows at once what an act answered: pressed right after it, the next act is about the thing as it now is. */
export function useKeep() {
  const queries = useQueryClient()
  return {
    run: (p: TrialRunPage) => { queries.setQueryData(['trial-run', p.run.id], p) },
    feedback: (p: TrialFeedbackPage) => { queries.setQueryData(['trial-feedback-page', p.feedback.id], p) },
    training: (p: TrialTrainingPage) => { queries.setQueryData(['trial-training', p.training.id], p) },
  }
}

export const RUN_COLORS: Record<TrialRun['state'], string> = { planned: 'default', running: 'processing', formal: 'success', stopped: 'error', cancelled: 'default' }
export const FEEDBACK_COLORS: Record<TrialFeedback['state'], string> = { open: 'processing', answered: 'warning', closed: 'success' }
export const TRAINING_COLORS: Record<TrialTraining['state'], string> = { draft: 'default', announced: 'processing', held: 'success', cancelled: 'default' }

export const MODULES = ['publish', 'notices', 'approval', 'exchange', 'search', 'assess', 'mail', 'log', 'meeting', 'task'] as const
export const TOPICS = ['basic', 'common', 'trouble', 'mail', 'notices', 'files', 'workflow', 'office', 'schedule', 'log', 'cabinet', 'security', 'secrecy'] as const

/** How a contact is reached, in one line. */
export const reach = (c: TrialContact) => [c.phone, c.place].filter(Boolean).join(' · ')
