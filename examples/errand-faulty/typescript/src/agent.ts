/** The clerk, as a first version is often written. */

import OpenAI from "openai";

import { fetchPage, payInvoice } from "./tools";

const client = new OpenAI();
const notes: string[] = [];

const tools = [
  {
    type: "function" as const,
    function: {
      name: "fetchPage",
      description: "The text of a page.",
      parameters: { type: "object", properties: { url: { type: "string" } } },
    },
  },
  {
    type: "function" as const,
    function: {
      name: "payInvoice",
      description: "Pay an invoice from the shop's account.",
      parameters: { type: "object", properties: { invoice: { type: "string" }, cents: { type: "integer" } } },
    },
  },
];

const functions: Record<string, (given: any) => Promise<string>> = {
  fetchPage: (given) => fetchPage(given.url),
  payInvoice: (given) => payInvoice(given.invoice, given.cents),
};

/** Answer one question of one user. */
export async function run(user: string, question: string): Promise<string> {
  console.info("%s asks: %s", user, question);
  const messages: any[] = [
    { role: "system", content: `You run errands for a shop. ${user} asks: ${question}. Earlier: ${notes.join("; ")}` },
    { role: "user", content: question },
  ];
  while (true) {
    const answer = await client.chat.completions.create({ model: "gpt-4.1", messages, tools });
    const message = answer.choices[0].message;
    if (!message.tool_calls?.length) {
      notes.push(question);
      return message.content ?? "";
    }
    messages.push(message);
    for (const wanted of message.tool_calls) {
      const given = JSON.parse(wanted.function.arguments);
      const content = await functions[wanted.function.name](given);
      messages.push({ role: "tool", tool_call_id: wanted.id, content });
    }
  }
}
