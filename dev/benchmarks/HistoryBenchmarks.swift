import KernelHistory
import KernelStore
import KernelSystem
import KernelTesting
import ModuleChat

/// Chats that have grown for years.
enum HistoryBenchmarks {
    static let all = [
        Benchmark(
            name: "history", about: "the first screen of a long chat, and writing to it",
            run: history),
        Benchmark(
            name: "search", about: "full-text search over 1,000,000 messages", run: search),
    ]

    // MARK: A long chat

    private static let longChat = 100_000

    @Sendable private static func history(_ house: BenchHouse) throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let chats = SQLiteChatRecords(store)
        let chat = try HistoryCorpus(chats).fill(chats: 1, messagesEach: longChat)[0]
        func milliseconds(_ query: PageQuery) throws -> Spread {
            Spread(
                try (0..<200).map { _ in
                    try Stopwatch.once(in: .milliseconds) {
                        _ = try Answer.wait { chats.page(of: chat, query, $0) }
                    }
                })
        }
        let middle = try Answer.wait { chats.page(of: chat, PageQuery(.first, limit: 1_000), $0) }
            .messages[999].id
        return [
            Measurement(
                "history-screen", "the last 50 of 100,000 messages, with their parts", "ms",
                try milliseconds(PageQuery()), promise: 1),
            Measurement(
                "history-place", "50 messages around one of 99,000 messages ago", "ms",
                try milliseconds(PageQuery(.around(middle))), promise: 2),
        ] + (try writing(chats, to: chat))
    }

    private static func writing(
        _ chats: any ChatRecords, to chat: ChatID
    ) throws -> [Measurement] {
        let said = Spread(
            try (0..<200).map { number in
                try Stopwatch.once(in: .milliseconds) {
                    _ = try Answer.wait {
                        chats.append(
                            [.said("message \(number) of somebody", by: "ann")], to: chat, .atHead,
                            .durable, $0)
                    }
                }
            })
        var open = NewMessage(.assistant, [], by: "model")
        open.state = .open
        let message = try Answer.wait { [open] in
            chats.append([open], to: chat, .atHead, .relaxed, $0)
        }[0].id
        func record(_ steps: [MessageStep]) throws {
            _ = try Answer.wait { chats.record(steps, of: message, at: .now, .relaxed, $0) }
        }
        try record([.begin(.text(""))])
        let pieces = Spread(
            try (0..<2_000).map { _ in
                try Stopwatch.once(in: .milliseconds) { try record([.piece("some words of it ")]) }
            })
        let end = try Stopwatch.once(in: .milliseconds) {
            try record([.finish(MessageEnd(.done))])
        }
        return [
            Measurement(
                "history-said", "a message is acknowledged, on the disk", "ms", said),
            Measurement(
                "history-piece", "a streamed piece is written, safe from kill -9", "ms", pieces,
                promise: 0.5),
            Measurement(
                "history-end", "an answer of 2,000 pieces ends, and is found from then on", "ms",
                end),
        ]
    }

    // MARK: Search

    @Sendable private static func search(_ house: BenchHouse) throws -> [Measurement] {
        let folder = try TemporaryFolder("kernel-bench")
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let chats = SQLiteChatRecords(store)
        var ids: [ChatID] = []
        let filling = try Stopwatch.once(in: .milliseconds) {
            ids = try HistoryCorpus(chats).fill(chats: 100, messagesEach: 10_000)
        }
        let bytes = try Files.status(folder.file(SQLiteStore.fileName)).bytes
        func measured(
            _ name: String, _ what: String, _ search: ChatSearch, promise: Double?
        ) throws -> Measurement {
            var hits = 0
            let samples = try (0..<50).map { _ in
                try Stopwatch.once(in: .milliseconds) {
                    hits = try Answer.wait { chats.search(search, $0) }.hits.count
                }
            }
            return Measurement(
                name, "\(what): \(hits) hits", "ms", Spread(samples), promise: promise)
        }
        var inOne = ChatSearch(HistoryCorpus.common)
        inOne.chat = ids[10]
        var best = ChatSearch(HistoryCorpus.common)
        best.order = .best
        let both = "\(HistoryCorpus.common) \(HistoryCorpus.rare)"
        return [
            try measured(
                "search-rare", "a word of ten messages, newest first",
                ChatSearch(HistoryCorpus.rare), promise: 10),
            try measured(
                "search-common", "a word of half of them", ChatSearch(HistoryCorpus.common),
                promise: 10),
            try measured("search-absent", "a word of none", ChatSearch("absent"), promise: 10),
            try measured("search-both", "a common and a rare word", ChatSearch(both), promise: 10),
            try measured(
                "search-beginning", "the beginning of a common word", ChatSearch("com*"),
                promise: nil),
            try measured("search-chat", "a common word in an old chat", inOne, promise: 10),
            try measured("search-best", "the best of the newest 1,000", best, promise: 50),
            Measurement(
                "search-size", "the file, with 1,000,000 messages of 30 words", "MiB",
                Double(bytes) / 1_048_576),
            Measurement(
                "search-fill", "reading them from an archive, for each message", "µs",
                filling / 1_000),
        ]
    }
}
