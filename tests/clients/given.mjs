// What the clients' scripts share: what they are told, the inbox, and the name of a refusal.
export const given = JSON.parse(process.env.GIVEN);

/** The code in the newest mail to this address. */
export async function code(to) {
  const answer = await fetch(`${given.url}/inbox/messages?to=${encodeURIComponent(to)}`);
  return (await answer.json()).messages[0].Code;
}

/** A code that is not this one. */
export function other(right) {
  return right === '000000' ? '111111' : '000000';
}

/** The name of the error that a call ends with; '' when it does not. */
export async function refusal(call) {
  try {
    await call();
    return '';
  } catch (error) {
    return error.name === 'Error' ? error.code : error.name;
  }
}
