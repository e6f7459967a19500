import KernelBase
import KernelDatabase
import KernelStore
import ModuleChat

/// One search, within one read.
struct ChatSearching {
    private let search: ChatSearch
    private let expression: String
    private let limit: Int
    /// The one that is looked through, if it is one.
    private let chat: ChatRecord?
    private var chats: [Int64: ChatFacts] = [:]
    private var found: [Place] = []
    /// What has been looked at, so that no search takes for ever.
    private var looks = 0
    /// Those that are not deleted, the ones that begin last first; nil: nobody asked yet.
    private var forks: [(chat: Int64, origin: Int64)]?

    private struct ChatFacts {
        var name: String
        var isShown: Bool
    }

    /// A part that has the words, and a chat that it can be read in.
    private struct Place {
        var part: PartID
        var chat: Int64
        var role: ChatRole
        var author: String
        var created: Moment
        /// How well it fits.
        var score = 0.0
    }

    init(
        _ search: ChatSearch, _ expression: String, _ transaction: borrowing Transaction
    ) throws {
        self.search = search
        self.expression = expression
        limit = min(max(search.limit, 1), ChatLimits.searchHitsMax)
        chat = try search.chat.map { try transaction.chat($0) }
    }

    mutating func answer(_ transaction: borrowing Transaction) throws -> SearchAnswer {
        var next = try find(transaction)
        if search.order == .best {
            // Of those that fit alike the newest comes first.
            found.sort { ($0.score, $0.part.number) > ($1.score, $1.part.number) }
            next = nil
        }
        let hits = try found.prefix(limit).map { try hit($0, transaction) }
        return SearchAnswer(hits: hits, next: next.map { ChatSearch.Cursor(number: $0) })
    }

    /// The answer is where to go on.
    private mutating func find(_ transaction: borrowing Transaction) throws -> Int64? {
        let isRanked = search.order == .best
        let looksMax = isRanked ? ChatLimits.searchRankedMax : ChatLimits.searchLooksMax
        let range = try range(transaction)
        var next: Int64?
        try transaction.each(
            ChatStatement.search,
            [.text(expression), .integer(range.lowerBound), .integer(range.upperBound)]
        ) { row in
            let part = PartID(number: row.integer(0))
            looks += 1
            // Of one message the last part that has the words is enough.
            if found.last?.part.message != part.message,
                var place = try place(of: part, transaction)
            {
                if isRanked {
                    place.score = try score(part, occurrences: row.integer(1), transaction)
                }
                found.append(place)
            }
            let goesOn = looks < looksMax && (isRanked || found.count < limit)
            if !goesOn { next = row.integer(0) }
            return goesOn
        }
        return next
    }

    /// The numbers of parts that are looked through.
    private func range(_ transaction: borrowing Transaction) throws -> ClosedRange<Int64> {
        var first: Int64 = 0
        var last = Int64.max
        if let chat {
            let own =
                try transaction.first(
                    "SELECT min(number) FROM message WHERE chat = ?", [.integer(chat.id.number)]
                ) { $0.optionalInteger(0) } ?? nil
            // What is shared came earlier.
            if chat.origin == nil { first = (own ?? 0) << PartID.placeBits }
            let newest =
                try transaction.first(
                    "SELECT max(number) FROM message WHERE chat = ?", [.integer(chat.id.number)]
                ) { $0.optionalInteger(0) } ?? nil
            let end = max(newest ?? 0, chat.origin?.message.number ?? 0)
            last = PartID.numbers(of: MessageID(number: end)).upperBound
        }
        if let before = search.before { last = min(last, before.number - 1) }
        return first...max(first, last)
    }

    /// Nil if it belongs to nothing that is asked for.
    private mutating func place(
        of part: PartID, _ transaction: borrowing Transaction
    ) throws -> Place? {
        let message = part.message.number
        let facts = try transaction.first(
            "SELECT chat, role, author, created FROM message WHERE number = ?",
            [.integer(message)]
        ) { row in
            Place(
                part: part, chat: row.integer(0),
                role: MessageRow.roles[Int(row.integer(1)) % MessageRow.roles.count],
                author: row.text(2), created: Moment(milliseconds: row.integer(3)))
        }
        guard var place = facts else { return nil }
        if let chat {
            guard place.chat != chat.id.number else { return place }
            guard let origin = chat.origin?.message.number, message <= origin,
                try transaction.isAncestor(try transaction.node(message), of: origin)
            else { return nil }
            place.chat = chat.id.number
            return place
        }
        if try self.facts(place.chat, transaction).isShown { return place }
        guard let fork = try fork(with: message, transaction) else { return nil }
        place.chat = fork
        return place
    }

    private mutating func facts(
        _ number: Int64, _ transaction: borrowing Transaction
    ) throws -> ChatFacts {
        if let known = chats[number] { return known }
        let found = try transaction.first(
            "SELECT coalesce(title, opening), owner FROM chat WHERE number = ? AND state = 0 "
                + "AND deleted IS NULL", [.integer(number)]
        ) { row in
            let owner = row.optionalText(1)
            let isShown =
                switch search.scope {
                case .all: true
                case .shared: owner == nil
                case .client(let name): owner == name
                }
            let name = row.text(0)
            return ChatFacts(name: name.isEmpty ? "chat \(number)" : name, isShown: isShown)
        }
        let facts = found ?? ChatFacts(name: "", isShown: false)
        chats[number] = facts
        return facts
    }

    /// A chat that shares a message of one that is not shown.
    private mutating func fork(
        with message: Int64, _ transaction: borrowing Transaction
    ) throws -> Int64? {
        let forks =
            try self.forks
            ?? transaction.rows(ChatStatement.forks) { ($0.integer(0), $0.integer(1)) }
        self.forks = forks
        let node = try transaction.node(message)
        for (fork, origin) in forks {
            // The others began earlier.
            guard origin >= message else { return nil }
            looks += 1
            guard try facts(fork, transaction).isShown,
                try transaction.isAncestor(node, of: origin)
            else { continue }
            return fork
        }
        return nil
    }

    /// How often the words stand there, for its length: twice the length counts as one word less
    /// out of three.
    private func score(
        _ part: PartID, occurrences: Int64, _ transaction: borrowing Transaction
    ) throws -> Double {
        let count = try transaction.first(
            "SELECT length(text) FROM part WHERE number = ?", [.integer(part.number)]
        ) { $0.integer(0) }
        var doublings = 2.0
        var length = (count ?? 0) / 100
        while length > 0 {
            doublings += 1
            length /= 2
        }
        return Double(occurrences) / doublings
    }

    private mutating func hit(
        _ place: Place, _ transaction: borrowing Transaction
    ) throws -> SearchHit {
        let excerpt = try transaction.first(
            ChatStatement.excerpt,
            [
                .text("\(Self.matchBegin)"), .text("\(Self.matchEnd)"), .text(expression),
                .integer(place.part.number),
            ]
        ) { $0.text(0) }
        return SearchHit(
            chat: ChatID(number: place.chat), name: try facts(place.chat, transaction).name,
            part: place.part, role: place.role, author: place.author, created: place.created,
            excerpt: Self.pieces(excerpt ?? ""))
    }

    /// Characters for private use that nobody uses.
    private static let matchBegin: Unicode.Scalar = "\u{10FF00}"
    private static let matchEnd: Unicode.Scalar = "\u{10FF01}"

    private static func pieces(_ excerpt: String) -> [SearchHit.Piece] {
        var pieces: [SearchHit.Piece] = []
        func add(_ text: Substring.UnicodeScalarView, isMatch: Bool) {
            guard !text.isEmpty else { return }
            let cut = String(Substring(text))
                .cut(toBytes: ChatLimits.excerptBytesMax, mark: "…")
            pieces.append(SearchHit.Piece(text: cut, isMatch: isMatch))
        }
        var rest = excerpt[...].unicodeScalars
        while let begin = rest.firstIndex(of: matchBegin),
            let end = rest[begin...].firstIndex(of: matchEnd)
        {
            add(rest[..<begin], isMatch: false)
            add(rest[begin..<end].dropFirst(), isMatch: true)
            rest = rest[end...].dropFirst()
        }
        add(rest, isMatch: false)
        return pieces
    }
}
