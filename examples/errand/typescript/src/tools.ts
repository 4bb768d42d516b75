/** What the clerk may call. */

const HOSTS = new Set(["shop.example", "www.shop.example"]);
const LIMIT = 50_000;

/** The text of a page of the shop. */
export async function fetchPage(url: string): Promise<string> {
  const address = new URL(url);
  if (address.protocol !== "https:" || !HOSTS.has(address.hostname)) {
    throw new Error("only pages of the shop are read");
  }
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: "error" });
    return await answer.text();
  } catch {
    return "the page cannot be read now";
  }
}

/** Pay an invoice from the shop's account. */
export async function payInvoice(invoice: string, cents: number): Promise<string> {
  if (!Number.isInteger(cents) || cents <= 0 || cents > LIMIT) {
    throw new Error("that is not an amount that can be paid");
  }
  try {
    const answer = await fetch("https://bank.example/payments", {
      method: "POST",
      headers: { Authorization: `Bearer ${process.env.BANK_TOKEN}` },
      body: JSON.stringify({ invoice, cents }),
      signal: AbortSignal.timeout(10_000),
    });
    return answer.ok ? "paid" : "the bank refused";
  } catch {
    return "the bank cannot be reached";
  }
}
