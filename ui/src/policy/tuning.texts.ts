/** Words of tuning a rule. */
import { words } from "../words/words";

export const t = words("tuning", {
  en: {
    rule: "To tune: {{rule}}.",
    threshold: "Move the risk threshold below.",
    lists: "Move actions between the lists below.",
    guardrails: "It comes from the organisation’s guardrails.",
    risk: "It comes from how risk is weighed.",
    catalogue: "It comes from the patterns by which actions are recognised.",
    nothing: "No setting moves this rule: it protects, or belongs to what people have decided.",
    there: "Open that sheet.",
    preview: "The preview beside it replays your draft on the last 30 days ({{key}}).",
    caught: "See what it caught.",
  },
  de: {
    rule: "Einzustellen: {{rule}}.",
    threshold: "Verschieb unten die Risikoschwelle.",
    lists: "Verschieb unten Aktionen zwischen den Listen.",
    guardrails: "Sie kommt aus den Leitplanken der Organisation.",
    risk: "Sie kommt daraus, wie Risiko gewichtet wird.",
    catalogue: "Sie kommt aus den Mustern, an denen Aktionen erkannt werden.",
    nothing: "Keine Einstellung ändert diese Regel: Sie schützt, oder sie folgt aus dem, was Menschen entschieden haben.",
    there: "Dieses Blatt öffnen.",
    preview: "Die Vorschau daneben spielt deinen Entwurf auf den letzten 30 Tagen durch ({{key}}).",
    caught: "Ansehen, was sie aufhielt.",
  },
});
