/** A process that holds a target until it is killed: `hold-once.ts <target>`. Says when it has it. */
import { whileHeld } from '../../lib/download/hold.ts';

await whileHeld(process.argv[2] ?? '', async () => {
  process.stdout.write('held\n');
  await Bun.sleep(60_000);
});
