// What Swift does when two builds of one module are mapped: most of it right, two things not.

protocol Greeter { var greeting: String { get } }

#if SECOND
struct Box: Greeter {
    var first = 1
    var second = 2
    var greeting: String { "a box of two" }
}
#else
struct Box: Greeter {
    var first = 1
    var greeting: String { "a box of one" }
}
#endif

/// A conformance of a type that is not ours to a protocol that is not ours either.
extension ObjectIdentifier: @retroactive CustomStringConvertible {
    public var description: String { String(cString: greeting_answer()) }
}

func dynamically(_ value: Any) -> String {
    (value as? any CustomStringConvertible)?.description ?? "none"
}

@c(greeting_swift_call)
public func call(_ id: UInt64, _ task: UInt32) {
    switch task {
    case 0:
        greeting_finish(id, greeting_answer())
    case 1:
        let identifier = ObjectIdentifier(Box.self as Any.Type)
        greeting_finish(id, "static \(identifier.description), dynamic \(dynamically(identifier))")
    case 2:
        func size<Found>(_: Found.Type) -> Int { MemoryLayout<Found>.size }
        let found = _typeByName("8greeting3BoxV")
        greeting_finish(id, found.map { "\(_openExistential($0, do: size))" } ?? "none")
    case 3:
        let box: Any = Box()
        greeting_finish(id, (box as? any Greeter)?.greeting ?? "none")
    default:
        Task.detached {
            let answers = await withTaskGroup(of: Int.self) { group in
                for number in 1...10 { group.addTask { number } }
                return await group.reduce(0, +)
            }
            greeting_finish(id, "\(answers)")
        }
    }
}
