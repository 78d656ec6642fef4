import { expect, test } from "vitest";
import { Conversation, type ConversationOptions } from "../../../src/commands/attach/conversation.ts";
import { stamp } from "../ui/fake.ts";

test("what an app asks cannot reverse the answer that is typed behind it", () => {
  const asked: string[] = [];
  const editor = { ask: (prompt: string) => void asked.push(prompt), above: () => ({}), rest() {}, close() {} };
  const options = { app: "web", lineInput: { edit: () => editor }, terminal: {} };
  const conversation = new Conversation(options as unknown as ConversationOptions);
  conversation.takes(stamp({ event: "app.prompt", app: "web", text: "שם\u200F \u202Ename? ", file: null, line: null }));
  expect(asked).toEqual(["שם\u200F \\u202ename? "]);
});
