internal import ModuleJSON

/// One argument: what it means, its default, its bounds.
@propertyWrapper
public struct Argument<Value: ArgumentValue>: Decodable, Sendable {
    private var value: Value?
    /// Only in the instance that the schema is read from; arguments of a call have none.
    let definition: ArgumentDefinition?

    /// Required unless it has a default or is optional.
    public init(_ about: String, default value: Value? = nil) {
        self.init(about, value, limits: [:])
    }

    /// A number within bounds: `in: 1...10`, `in: 0...`.
    public init(
        _ about: String, default value: Value? = nil, in bounds: some ArgumentBounds<Value.Bound>
    ) where Value: ArgumentNumber {
        var limits = JSONObject()
        limits["minimum"] = bounds.least?.argumentJSON
        limits["maximum"] = bounds.most?.argumentJSON
        self.init(about, value, limits: limits)
    }

    /// A text within a number of characters, or a list within a number of items.
    public init(
        _ about: String, default value: Value? = nil, length: some ArgumentBounds<Int>
    ) where Value: ArgumentMeasured {
        var limits = JSONObject()
        limits[Value.lengthKeywords.least] = length.least?.argumentJSON
        limits[Value.lengthKeywords.most] = length.most?.argumentJSON
        self.init(about, value, limits: limits)
    }

    private init(_ about: String, _ value: Value?, limits: JSONObject) {
        self.value = value ?? Value.absentValue
        definition = ArgumentDefinition(
            about: about, limits: limits, fallback: value?.argumentJSON,
            isRequired: value == nil && Value.absentValue == nil)
    }

    public init(from decoder: any Decoder) throws {
        value = try Value(from: decoder)
        definition = nil
    }

    public var wrappedValue: Value {
        get {
            guard let value else {
                preconditionFailure("a required argument was read before it was given a value")
            }
            return value
        }
        set { value = newValue }
    }
}

/// What an argument says of itself, apart from its type.
final class ArgumentDefinition: Sendable {
    let about: String
    let limits: JSONObject
    let fallback: JSON?
    let isRequired: Bool

    init(about: String, limits: JSONObject, fallback: JSON?, isRequired: Bool) {
        self.about = about
        self.limits = limits
        self.fallback = fallback
        self.isRequired = isRequired
    }
}

/// Reaches an argument without knowing its type.
protocol AnyArgument {
    var definition: ArgumentDefinition? { get }
    var currentJSON: JSON? { get }
    static func valueSchema(in context: ArgumentSchemaContext) -> JSONObject
}

extension Argument: AnyArgument {
    var currentJSON: JSON? { value?.argumentJSON }

    static func valueSchema(in context: ArgumentSchemaContext) -> JSONObject {
        Value.argumentSchema(in: context)
    }
}
