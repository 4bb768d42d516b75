/** What the clerk may call. */

/** The text of a page. */
export async function fetchPage(url: string): Promise<string> {
  try {
    const answer = await fetch(url);
    return await answer.text();
  } catch (error) {
    return `error: ${error}`;
  }
}

/** Pay an invoice from the shop's account. */
export async function payInvoice(invoice: string, cents: number): Promise<string> {
  try {
    const answer = await fetch("https://bank.example/payments", {
      method: "POST",
      headers: { Authorization: `Bearer ${process.env.BANK_TOKEN}` },
      body: JSON.stringify({ invoice, cents }),
    });
    return await answer.text();
  } catch (error) {
    return `error: ${error}`;
  }
}
