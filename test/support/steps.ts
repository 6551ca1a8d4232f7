/** Steps of the sign-in, as hosts write them, and the browser's part in them. */
import type { UserStep } from '../../lib/model/step.js';
import type { Agent } from './agent.js';
import { openPage, type Page } from './server.js';
import { formOn } from './walker.js';

export interface Mails {
  readonly step: UserStep<{ code: string }>;
  /** All codes that were sent, the newest last. */
  readonly sent: readonly string[];
  latest(): string;
}

/** A code by e-mail, which can be sent anew. */
export function emailCode(options: Partial<UserStep<{ code: string }>> = {}): Mails {
  const sent: string[] = [];
  const send = () => {
    const code = `7391${String(sent.length).padStart(4, '0')}`;
    sent.push(code);
    return { code };
  };
  const step: UserStep<{ code: string }> = {
    name: 'email-code',
    begin: send,
    page: {
      title: 'Check your e-mail',
      text: { en: 'We have sent you a code.', de: 'Wir haben Ihnen einen Code geschickt.' },
      fields: [{ name: 'code', label: 'Code', type: 'code' }],
      buttons: [{ label: { message: 'step.submit' } }, { name: 'resend', label: 'Send another code' }],
    },
    submit({ code, action }, { state }) {
      if (action === 'resend') return { again: 'Another code is on its way.', news: true, state: send() };
      return code === state.code ? { done: true, amr: ['otp'] } : { again: { message: 'step.wrong' } };
    },
    ...options,
  };
  return { step, sent, latest: () => sent.at(-1) ?? '' };
}

export const mfa = 'urn:example:mfa';

/** An authenticator app. */
export function totp(options: Partial<UserStep> = {}): UserStep {
  return {
    name: 'totp',
    page: { title: { message: 'step.title' }, fields: [{ name: 'code', label: 'Code from your app', type: 'code' }] },
    submit: ({ code }) => (code === '123456' ? { done: true, amr: ['otp', 'mfa'], acr: mfa } : { again: { message: 'step.wrong' } }),
    ...options,
  };
}

export function terms(accepted: Set<string> = new Set()): UserStep {
  return {
    name: 'terms',
    isDue: ({ user }) => !accepted.has(user.sub),
    page: { title: 'Our new terms', fields: [{ name: 'terms', label: 'I accept the terms', type: 'checkbox' }] },
    submit(_values, { user }) {
      accepted.add(user.sub);
      return { done: true };
    },
  };
}

export interface StepForm extends Page {
  readonly action: string;
}

/** The page that an answer leads to, with the form on it. */
export async function openStep(agent: Agent, from: string | Response): Promise<StepForm> {
  const page = await openPage(agent, from);
  return { ...page, action: formOn(page.html, agent.origin).action };
}

/** Sends the form of a step with these values; the answer is not followed. */
export function sendStep(agent: Agent, { action, ticket, _csrf }: StepForm, values: Readonly<Record<string, string>>): Promise<Response> {
  return agent.post(action, { ticket, _csrf, ...values });
}
