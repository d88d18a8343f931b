import Recording
import Verification

extension TraceExtras {
    /// All of it as rows of a report.
    var rows: [(String, JSON)] {
        var rows: [(String, JSON)] = otherChannels.map { ("other channel", .string($0)) }
        for (name, count) in [
            ("other messages", otherMessages), ("attachments", attachments),
            ("metadata records", metadataRecords), ("unknown records", skippedRecords),
            ("with unknown fields", messagesWithUnknownFields),
        ] where count > 0 {
            rows.append((name, .integer(Int(clamping: count))))
        }
        return rows
    }

    /// What of it is foreign, and is left out of a canonical file, a phrase each.
    var foreignContent: [String] {
        var phrases = otherChannels.map { "the channel \($0)" }
        for (count, one, many) in [
            (otherMessages, "message on such a channel", "messages on such channels"),
            (attachments, "attachment", "attachments"),
            (metadataRecords, "metadata record", "metadata records"),
            (skippedRecords, "unknown record", "unknown records"),
        ] where count > 0 {
            phrases.append("\(count) \(count == 1 ? one : many)")
        }
        return phrases
    }
}

/// Says what of a file is not in the trace that was made of it.
func talk(about leftOut: TraceExtras, of file: String) {
    for phrase in leftOut.foreignContent { Console.talk("note: \(file): left out: \(phrase)") }
}
