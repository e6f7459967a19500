/// The members of a JSON object, in the order in which they were written. Two objects are equal
/// if they have equal members, in whatever order.
public struct JSONObject: Sendable {
    public private(set) var pairs: [Pair]

    /// Where each key stands; only kept for objects that are too large to be searched.
    private var positions: [String: Int]?

    public struct Pair: Sendable, Hashable {
        public let key: String
        public fileprivate(set) var value: JSON
    }

    /// Up to this many members a plain search is faster than a table.
    private static let searchedMembersMax = 12

    public init() {
        pairs = []
    }

    /// Of two equal keys the later one counts.
    public init(_ members: some Sequence<(key: String, value: JSON)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    init(_ members: [(String, JSON)]) {
        self.init()
        pairs.reserveCapacity(members.count)
        for (key, value) in members { self[key] = value }
    }

    public var count: Int { pairs.count }
    public var isEmpty: Bool { pairs.isEmpty }
    public var keys: [String] { pairs.map(\.key) }

    /// Setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get { position(of: key).map { pairs[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): pairs[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): appendNew(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds a member unless there is one with this key already; says whether it did.
    mutating func insert(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        appendNew(key, value)
        return true
    }

    func position(of key: String) -> Int? {
        if let positions { return positions[key] }
        for position in pairs.indices where pairs[position].key == key { return position }
        return nil
    }

    private mutating func appendNew(_ key: String, _ value: JSON) {
        pairs.append(Pair(key: key, value: value))
        if positions != nil {
            positions?[key] = pairs.count - 1
        } else if pairs.count > Self.searchedMembersMax {
            indexMembers()
        }
    }

    private mutating func remove(at position: Int) {
        pairs.remove(at: position)
        if positions != nil { indexMembers() }
    }

    private mutating func indexMembers() {
        var table: [String: Int] = [:]
        for (position, pair) in pairs.enumerated() { table[pair.key] = position }
        positions = table
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.pairs.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // The order must not matter, so the members are mixed by an operation that commutes.
        var mixed = 0
        for pair in pairs { mixed ^= pair.hashValue }
        hasher.combine(mixed)
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> AnyIterator<(key: String, value: JSON)> {
        var inner = pairs.makeIterator()
        return AnyIterator { inner.next().map { ($0.key, $0.value) } }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, JSON)...) {
        self.init(pairs)
    }
}
