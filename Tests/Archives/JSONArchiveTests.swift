import KernelArchives
import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@Suite(.blocking) struct JSONArchiveTests {
    /// Branches, every kind of part, a summary, what was spent, every end.
    private func full(_ scratch: ScratchArchive) throws -> ChatID {
        var new = NewChat(title: "A \"title\" ü")
        new.tags = ["x", "y"]
        new.mode = "normal"
        new.model = "openai/gpt"
        new.created = Moment(milliseconds: 12_345)
        let chat = try scratch.begin(new)
        let seal = ChatSeal(maker: "m", value: "v")
        let parts: [ChatPart] = [
            .text("said \u{0} “ü” 日本 😀\r\n"),
            .image(ChatImage(mediaType: "image/png", base64: "AAEC")),
            .thinking(ChatThinking("hm", seal: seal)),
            .toolCall(
                ChatToolCall(
                    id: "1", name: "fs.read", arguments: ["a": [1, 2.5, nil]], seal: seal)),
            .notice("cut"),
        ]
        let question = try scratch.append([.said("question", by: "ann")], to: chat)[0]
        var answer = NewMessage(.assistant, parts, by: "openai/gpt")
        answer.turn = question
        answer.finish = "stop"
        answer.state = .failed
        answer.ended = Moment(milliseconds: 99)
        answer.spending = Spending(
            "openai/gpt", ChatUsage(input: 1, output: 2),
            cost: Spending.Cost(micros: 5, currency: "USD"))
        var result = NewMessage(
            .tool,
            [.toolResult(ChatToolResult(call: "1", name: "fs.read", text: "!", isError: true))],
            by: "fs")
        result.turn = question
        var summary = NewMessage(.user, [.text("sum")], by: "kernel")
        summary.kind = .summary
        summary.covers = question
        let ids = try scratch.append([answer, result, summary], to: chat)
        try scratch.append([.said("other", by: "bob")], to: chat, .beside(ids[0]))
        try scratch.append([.said("another beginning", by: "ann")], to: chat, .beside(question))
        _ = try Answer.wait { scratch.chats.switchBranch(of: chat, to: ids[0], $0) }
        return chat
    }

    @Test(arguments: [1, 7, 1 << 16]) func `nothing is lost, however it arrives`(pieces: Int) throws
    {
        let scratch = try ScratchArchive()
        let chat = try full(scratch)
        let bytes = try scratch.write(chat, .json)
        let result = try scratch.read(bytes, pieces: pieces, owner: "phone")
        #expect(result.messages == 6 && result.leftOut == 0)
        let copy = result.chat
        #expect(try scratch.tree(copy.id) == scratch.tree(chat))
        let original = try scratch.chat(chat)
        #expect(copy.title == original.title && copy.tags == original.tags)
        #expect(copy.mode == original.mode && copy.model == original.model)
        #expect(copy.created == original.created && copy.owner == "phone")
        #expect(copy.opening == original.opening && copy.bytes == original.bytes)
        // What was spent elsewhere counts for the chat, and not for the day.
        func spent(_ query: SpendingQuery) throws -> Int {
            try Answer.wait { scratch.chats.spent(query, $0) }.reduce(0) { $0 + $1.output }
        }
        var ofCopy = SpendingQuery()
        ofCopy.chat = copy.id
        #expect(try spent(ofCopy) == 2)
        #expect(try spent(SpendingQuery()) == 2)
    }

    @Test func `a fork is written with what it shares`() throws {
        let scratch = try ScratchArchive()
        let chat = try scratch.begin()
        let ids = try scratch.append(
            ["1", "2", "3"].map { .said($0, by: "ann") }, to: chat)
        let fork = try Answer.wait { scratch.chats.fork(chat, at: ids[1], NewChat(), $0) }.id
        try scratch.append([.said("4", by: "ann")], to: fork)
        let copy = try scratch.read(scratch.write(fork, .json)).chat
        #expect(try scratch.texts(copy.id) == ["1", "2", "4"])
        #expect(try scratch.tree(copy.id) == scratch.tree(fork))
    }

    @Test func `a long chat goes through in pages`() throws {
        let scratch = try ScratchArchive()
        let chat = try scratch.begin()
        for start in 0..<3 {
            try scratch.append(
                (0..<333).map { .said("\(start) \($0)", by: "ann") }, to: chat)
        }
        let copy = try scratch.read(scratch.write(chat, .json)).chat
        #expect(try scratch.texts(copy.id) == scratch.texts(chat))
        let empty = try scratch.begin()
        #expect(try scratch.read(scratch.write(empty, .json)).messages == 0)
    }

    @Test func `other programs may lay it out anew`() throws {
        let scratch = try ScratchArchive()
        let chat = try full(scratch)
        let json = try JSON(parsing: scratch.write(chat, .json))
        let copy = try scratch.read(Array(json.pretty().utf8)).chat
        #expect(try scratch.tree(copy.id) == scratch.tree(chat))
        // With its members by name, as jq -S has them, and one of somebody else's.
        let members = try #require(json.object)
        var sorted = JSONObject(members.pairs.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
        sorted["zzz"] = ["a": [1, "}]"]]
        let again = try scratch.read(JSON.object(sorted).serialized()).chat
        #expect(try scratch.tree(again.id) == scratch.tree(chat))
    }

    @Test func `an archive that is cut anywhere is refused, and leaves nothing`() throws {
        let scratch = try ScratchArchive()
        let chat = try full(scratch)
        let bytes = try scratch.write(chat, .json)
        let before = try scratch.sizes()
        for end in stride(from: 0, to: bytes.count - 2, by: 13) {
            let error = refusal { _ = try scratch.read(Array(bytes[..<end])) }
            #expect(error?.kind == .refused, "\(end)")
        }
        #expect(try scratch.sizes() == before)
    }

    @Test func `an archive with any byte changed is read or refused, and never more`() throws {
        let scratch = try ScratchArchive()
        let chat = try full(scratch)
        let bytes = try scratch.write(chat, .json)
        var seed: UInt64 = 11
        for place in stride(from: 0, to: bytes.count, by: 5) {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var damaged = bytes
            damaged[place] = UInt8(truncatingIfNeeded: seed >> 33)
            _ = refusal { _ = try scratch.read(damaged, pieces: 97) }
        }
        #expect(try Answer.wait { scratch.store.problems(.full, $0) } == [])
    }

    private static let begin = #"{"format":{"name":"kernel-chat","version":1},"chat":{},"#
    private static func message(_ members: String, _ number: Int = 1) -> String {
        #"{"number":\#(number),"role":"user","author":"a","parts":[]\#(members)}"#
    }

    static let hostile: [(String, String)] = [
        ("", "empty"), ("   \n", "empty"), ("[]", "no archive"), ("{}", "format"),
        ("{", "cut off"), ("null", "no archive"), ("{} {}", "nothing else"),
        (#"{"messages":[]}"#, "format"), (#"{"messages":[{}]}"#, "format"),
        (#"{"format":{"name":"x","version":1}}"#, "format"),
        (#"{"format":{"name":"kernel-chat","version":2}}"#, "version 2"),
        (begin + #""messages":[1]}"#, "no object"), (begin + #""messages":[{}]}"#, "missing"),
        (begin + #""messages":[{]}"#, "bracket"), (begin + #""messages":[tru]}"#, "damaged"),
        (begin + #""messages":[}"#, "bracket"),
        (begin + #""messages":["# + message(#","parent":2"#) + "]}", "refers to 2"),
        (begin + #""messages":["# + message(#","parent":1"#) + "]}", "refers to 1"),
        (begin + #""messages":["# + message(#","covers":9"#) + "]}", "refers to 9"),
        (begin + #""messages":["# + message("") + "," + message("") + "]}", "two messages 1"),
        (begin + #""messages":["# + message(#","state":"x""#) + "]}", "none"),
        (begin + #""messages":["# + message(#","created":"x""#) + "]}", "whole number"),
        (begin + #""messages":["# + message(#","spending":[]"#) + "]}", "no object"),
        (
            begin + #""messages":["# + message(#","spending":{"model":"m","input":-1}"#) + "]}",
            "count"
        ),
        (
            begin + #""messages":[{"number":1,"role":"god","author":"a","parts":[]}]}"#, "none"
        ),
        (
            begin + #""messages":[{"number":1,"role":"user","author":"","parts":[]}]}"#, "author"
        ),
        (
            begin
                + #""messages":[{"number":1,"role":"user","author":"a","parts":[{"type":"x"}]}]}"#,
            "parts"
        ),
        (
            begin
                + #""messages":[{"number":1,"role":"user","author":"a","parts":"#
                + #"[{"type":"image","mediaType":"i","base64":"?"}]}]}"#,
            "base64"
        ),
        (begin + #""messages":"# + String(repeating: "[", count: 10_000), "cut off"),
        (begin + #""x":"# + String(repeating: "[", count: 10_000), "cut off"),
        (
            begin + #""x":"# + String(repeating: "[", count: 10_000)
                + String(repeating: "]", count: 10_000) + "}", "damaged"
        ),
        (#"{"format":{"name":"kernel-chat","version":1},"chat":{"head":5}}"#, "lacks"),
        (#"{"format":{"name":"kernel-chat","version":1},"chat":{"tags":[1]}}"#, "tags"),
        (#"{"format":{"name":"kernel-chat","version":1},"chat":{"title":""}}"#, "title"),
    ]

    @Test(arguments: hostile)
    func `what is no archive is refused with a reason, and leaves nothing`(
        text: String, words: String
    ) throws {
        let scratch = try ScratchArchive()
        for pieces in [1 << 16, 3] {
            let error = refusal { _ = try scratch.read(Array(text.utf8), pieces: pieces) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
        }
        let sizes = try scratch.sizes()
        #expect(sizes.chats == 0 && sizes.messages == 0)
    }
}
