// What Swift does when two builds of one module are mapped: most of it right, two things not.

import Glibc

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

/// What one build leaves for the next one.
final class Keepsake: Greeter, Sendable {
    var greeting: String { String(cString: greeting_answer()) }

    /// Its address stays in the environment: anything else that outlives a build would do.
    static var left: AnyObject? {
        let address = getenv("GREETING_KEEPSAKE").flatMap { UInt(String(cString: $0)) }
        return address.flatMap { UnsafeRawPointer(bitPattern: $0) }
            .map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() }
    }

    /// What is left is no leak: who looks for those finds it here.
    private static let own = Keepsake()

    static func leave() {
        let address = UInt(bitPattern: Unmanaged.passUnretained(own).toOpaque())
        setenv("GREETING_KEEPSAKE", "\(address)", 1)
    }
}

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
    case 4:
        if let left = Keepsake.left {
            unsetenv("GREETING_KEEPSAKE")
            let isOurs = left is Keepsake || left is any Greeter
            greeting_finish(id, "\(type(of: left)), \(isOurs ? "ours" : "not ours")")
        } else {
            Keepsake.leave()
            let isOurs = Keepsake.left is Keepsake && Keepsake.left is any Greeter
            greeting_finish(id, isOurs ? "ours" : "not ours")
        }
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
