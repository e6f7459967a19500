public import ModuleJSON

extension FixedWidthInteger {
    fileprivate static var wholeNumberSchema: JSONObject {
        ArgumentSchemaContext.wholeNumber(Int64(exactly: min), Int64(exactly: max))
    }

    /// Above `Int64.max` JSON has no whole numbers: the nearest number stands for it.
    fileprivate var wholeNumberJSON: JSON {
        Int64(exactly: self).map { .integer($0) } ?? .number(Double(self))
    }
}

extension ArgumentSchemaContext {
    /// A type that is narrower than the whole numbers of JSON says so in its schema. One function
    /// for all types: each copy of it would cost every build of every module memory of its own.
    @inline(never)
    fileprivate static func wholeNumber(_ least: Int64?, _ most: Int64?) -> JSONObject {
        var schema: JSONObject = ["type": "integer"]
        if least != .min { schema["minimum"] = least.map { .integer($0) } }
        if most != .max { schema["maximum"] = most.map { .integer($0) } }
        return schema
    }
}

extension Int: ArgumentNumber {
    public typealias Bound = Int
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension Int8: ArgumentNumber {
    public typealias Bound = Int8
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension Int16: ArgumentNumber {
    public typealias Bound = Int16
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension Int32: ArgumentNumber {
    public typealias Bound = Int32
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension Int64: ArgumentNumber {
    public typealias Bound = Int64
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension UInt: ArgumentNumber {
    public typealias Bound = UInt
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension UInt8: ArgumentNumber {
    public typealias Bound = UInt8
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension UInt16: ArgumentNumber {
    public typealias Bound = UInt16
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension UInt32: ArgumentNumber {
    public typealias Bound = UInt32
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension UInt64: ArgumentNumber {
    public typealias Bound = UInt64
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        wholeNumberSchema
    }
    public var argumentJSON: JSON? { wholeNumberJSON }
}

extension Double: ArgumentNumber {
    public typealias Bound = Double
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "number"]
    }
    public var argumentJSON: JSON? { isFinite ? .number(self) : nil }
}

extension Float: ArgumentNumber {
    public typealias Bound = Float
    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "number"]
    }
    public var argumentJSON: JSON? { isFinite ? .number(Double(description) ?? Double(self)) : nil }
}
