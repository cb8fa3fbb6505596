// The real flagd provider of OpenFeature, reading flags from a file as an application does. It takes the file and a flag,
// and says in one line what the flag is, now and whenever the provider sees that the file changed.
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk";
import { FlagdProvider } from "@openfeature/flagd-provider";

const [, , file, flag] = process.argv;
const client = OpenFeature.getClient();
const say = async () => {
  const { value, variant, reason, errorCode } = await client.getBooleanDetails(flag, false, { region: "eu" });
  console.log(JSON.stringify({ value, variant, reason, errorCode }));
};
await OpenFeature.setProviderAndWait(new FlagdProvider({ resolverType: "in-process", offlineFlagSourcePath: file }));
client.addHandler(ProviderEvents.ConfigurationChanged, say);
await say();
