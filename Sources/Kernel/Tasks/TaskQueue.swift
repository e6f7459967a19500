package import KernelStore

/// The tasks that are ready to run, and whose turn it is: a value without I/O. The higher priority
/// comes first; within one, every submitter gets a turn after the other; and who waits long rises,
/// so that nobody waits for ever.
package struct TaskQueue: Sendable {
    package struct Item: Sendable, Hashable {
        package var id: TaskID
        /// "fs.read"
        package var name: String
        package var module: String
        package var submitter: String
        package var priority: Int
        package var since: Moment

        package init(
            id: TaskID, name: String, module: String, submitter: String, priority: Int,
            since: Moment
        ) {
            self.id = id
            self.name = name
            self.module = module
            self.submitter = submitter
            self.priority = priority
            self.since = since
        }
    }

    /// Waiting for so long counts as much as one step of priority.
    package static let ageingMilliseconds: Int64 = 30_000

    private var levels: [Int: Level] = [:]
    private var items: [TaskID: Item] = [:]
    private var lastTurn: UInt64 = 0

    package init() {}

    package var count: Int { items.count }
    package var isEmpty: Bool { items.isEmpty }
    package func contains(_ id: TaskID) -> Bool { items[id] != nil }

    package mutating func add(_ item: Item) {
        guard items.updateValue(item, forKey: item.id) == nil else { return }
        levels[item.priority, default: Level()]
            .lines[item.submitter, default: Line(turn: lastTurn)].add(item)
    }

    /// It is passed over from now on.
    package mutating func remove(_ id: TaskID) {
        guard let item = items.removeValue(forKey: id) else { return }
        levels[item.priority]?.lines[item.submitter]?.remove(item)
        tidy(item)
    }

    /// Whether a task must be passed over for now; the same for all tasks of one name.
    package typealias IsHeld = (Item) -> Bool

    /// Takes the task whose turn it is.
    package mutating func next(at now: Moment, isHeld: IsHeld = { _ in false }) -> Item? {
        var best: (priority: Int, weight: Int64, since: Moment)?
        for (priority, level) in levels {
            guard let oldest = level.oldest(isHeld) else { continue }
            let waited = max(0, now.milliseconds - oldest.milliseconds)
            let weight = Int64(priority) + waited / Self.ageingMilliseconds
            let isBetter =
                best.map { best in
                    (weight, best.since, priority) > (best.weight, oldest, best.priority)
                } ?? true
            if isBetter { best = (priority, weight, oldest) }
        }
        guard let priority = best?.priority,
            let submitter = levels[priority]?.submitter(isHeld),
            let item = levels[priority]?.lines[submitter]?.first(isHeld)
        else { return nil }
        items[item.id] = nil
        lastTurn += 1
        levels[priority]?.lines[submitter]?.remove(item)
        levels[priority]?.lines[submitter]?.turn = lastTurn
        tidy(item)
        return item
    }

    /// An empty line keeps nothing: a submitter who comes back gets a turn after those who wait.
    private mutating func tidy(_ item: Item) {
        guard let line = levels[item.priority]?.lines[item.submitter], line.names.isEmpty else {
            return
        }
        levels[item.priority]?.lines[item.submitter] = nil
        if levels[item.priority]?.lines.isEmpty == true { levels[item.priority] = nil }
    }

    /// Everything of one priority.
    private struct Level: Sendable {
        var lines: [String: Line] = [:]

        func oldest(_ isHeld: IsHeld) -> Moment? {
            var oldest: Moment?
            for line in lines.values {
                guard let first = line.first(isHeld) else { continue }
                oldest = min(oldest ?? first.since, first.since)
            }
            return oldest
        }

        /// Whose last turn is the longest ago; of new ones, who came first.
        func submitter(_ isHeld: IsHeld) -> String? {
            var best: (name: String, turn: UInt64, id: TaskID)?
            for (name, line) in lines {
                guard let first = line.first(isHeld) else { continue }
                let isBetter = best.map { (line.turn, first.id) < ($0.turn, $0.id) } ?? true
                if isBetter { best = (name, line.turn, first.id) }
            }
            return best?.name
        }
    }

    /// What one submitter has in one priority.
    private struct Line: Sendable {
        /// By the name of the task.
        var names: [String: Fifo] = [:]
        /// When it last had one; of a new line, the last turn of anybody.
        var turn: UInt64

        mutating func add(_ item: Item) {
            names[item.name, default: Fifo()].add(item)
        }

        mutating func remove(_ item: Item) {
            names[item.name]?.remove(item.id)
            if names[item.name]?.first == nil { names[item.name] = nil }
        }

        func first(_ isHeld: IsHeld) -> Item? {
            var best: Item?
            for fifo in names.values {
                guard let first = fifo.first, !isHeld(first) else { continue }
                if best.map({ first.id < $0.id }) ?? true { best = first }
            }
            return best
        }
    }

    /// Tasks of one submitter and one name, in the order in which they were handed in.
    private struct Fifo: Sendable {
        private var items: [Item] = []
        private var head = 0
        /// Taken out from behind the head.
        private var removed: Set<TaskID> = []

        var first: Item? { head < items.count ? items[head] : nil }

        /// What comes back is older than most.
        mutating func add(_ item: Item) {
            var place = items.count
            while place > head, items[place - 1].id > item.id { place -= 1 }
            items.insert(item, at: place)
        }

        mutating func remove(_ id: TaskID) {
            removed.insert(id)
            while head < items.count, removed.remove(items[head].id) != nil { head += 1 }
            guard head > 64, head * 2 > items.count else { return }
            items.removeFirst(head)
            head = 0
        }
    }
}
