public import ModuleJSON

/// One argument: what it means, its default, its bounds.
@propertyWrapper
public struct Argument<Value: ArgumentValue>: Decodable, Sendable {
    @usableFromInline var value: Value?
    @usableFromInline let about: String
    @usableFromInline let isRequired: Bool
    @usableFromInline let hasDefault: Bool
    /// Kept as a function: every decoding of the arguments makes this value anew, and only the
    /// schema needs the limits.
    @usableFromInline let limits: (@Sendable () -> JSONObject)?

    /// Required unless it has a default or is optional.
    @inlinable
    public init(_ about: String, default value: Value? = nil) {
        self.init(about, value, limits: nil)
    }

    /// A number within bounds: `in: 1...10`, `in: 0...`.
    @inlinable
    public init(
        _ about: String, default value: Value? = nil,
        in bounds: some ArgumentBounds<Value.Bound> & Sendable
    ) where Value: ArgumentNumber {
        self.init(about, value) {
            var limits = JSONObject()
            limits["minimum"] = bounds.least?.argumentJSON
            limits["maximum"] = bounds.most?.argumentJSON
            return limits
        }
    }

    /// A text within a number of characters, or a list within a number of items.
    @inlinable
    public init(
        _ about: String, default value: Value? = nil,
        length: some ArgumentBounds<Int> & Sendable
    ) where Value: ArgumentMeasured {
        self.init(about, value) {
            var limits = JSONObject()
            limits[Value.lengthKeywords.least] = length.least?.argumentJSON
            limits[Value.lengthKeywords.most] = length.most?.argumentJSON
            return limits
        }
    }

    @inlinable
    init(_ about: String, _ value: Value?, limits: (@Sendable () -> JSONObject)?) {
        hasDefault = value != nil
        self.value = value ?? Value.absentValue
        isRequired = self.value == nil
        self.about = about
        self.limits = limits
    }

    @inlinable
    public init(from decoder: any Decoder) throws {
        value = try Value(from: decoder)
        about = ""
        isRequired = false
        hasDefault = false
        limits = nil
    }

    public var wrappedValue: Value {
        @inlinable get {
            guard let value else {
                preconditionFailure("a required argument was read before it was given a value")
            }
            return value
        }
        @inlinable set { value = newValue }
    }
}

/// What an argument says of itself, apart from its type.
struct ArgumentDefinition {
    let about: String
    let limits: JSONObject
    let fallback: JSON?
    let isRequired: Bool
}

/// Reaches an argument without knowing its type.
protocol AnyArgument {
    var definition: ArgumentDefinition { get }
    var currentJSON: JSON? { get }
    static func valueSchema(in context: ArgumentSchemaContext) -> JSONObject
}

extension Argument: AnyArgument {
    /// Of the argument in a fresh value; one that was decoded has no definition left.
    var definition: ArgumentDefinition {
        ArgumentDefinition(
            about: about, limits: limits?() ?? [:],
            fallback: hasDefault ? value?.argumentJSON : nil, isRequired: isRequired)
    }

    var currentJSON: JSON? { value?.argumentJSON }

    static func valueSchema(in context: ArgumentSchemaContext) -> JSONObject {
        Value.argumentSchema(in: context)
    }
}
