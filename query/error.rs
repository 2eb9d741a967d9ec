//! One error for the whole crate: MongoDB's code and a message that names operator, path and what was found.

use std::fmt;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// A question that MongoDB would refuse, with the code it would give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
}

impl Error {
    /// An error with MongoDB's `code`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    /// MongoDB's number for this error.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What went wrong, naming operator and path.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

/// One of MongoDB's error codes.
///
/// Source: `src/mongo/base/error_codes.yml` in MongoDB's documentation of its codes; a number without a
/// name there is called `Location<number>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub i32);

macro_rules! codes {
    ($($number:literal $constant:ident $name:literal),* $(,)?) => {
        #[allow(missing_docs)]
        impl Code {
            $(pub const $constant: Code = Code($number);)*

            /// The name MongoDB gives the code (`codeName` in replies).
            pub fn name(self) -> std::borrow::Cow<'static, str> {
                match self.0 {
                    $($number => $name.into(),)*
                    other => format!("Location{other}").into(),
                }
            }
        }
    };
}

codes! {
    1 INTERNAL_ERROR "InternalError",
    2 BAD_VALUE "BadValue",
    4 NO_SUCH_KEY "NoSuchKey",
    5 GRAPH_CONTAINS_CYCLE "GraphContainsCycle",
    6 HOST_UNREACHABLE "HostUnreachable",
    8 UNKNOWN_ERROR "UnknownError",
    9 FAILED_TO_PARSE "FailedToParse",
    10 CANNOT_MUTATE_OBJECT "CannotMutateObject",
    13 UNAUTHORIZED "Unauthorized",
    14 TYPE_MISMATCH "TypeMismatch",
    15 OVERFLOW "Overflow",
    16 INVALID_LENGTH "InvalidLength",
    17 PROTOCOL_ERROR "ProtocolError",
    20 ILLEGAL_OPERATION "IllegalOperation",
    22 INVALID_BSON "InvalidBSON",
    26 NAMESPACE_NOT_FOUND "NamespaceNotFound",
    27 INDEX_NOT_FOUND "IndexNotFound",
    28 PATH_NOT_VIABLE "PathNotViable",
    40 CONFLICTING_UPDATE_OPERATORS "ConflictingUpdateOperators",
    41 CURSOR_ALREADY_EXISTS "CursorAlreadyExists",
    43 CURSOR_NOT_FOUND "CursorNotFound",
    48 NAMESPACE_EXISTS "NamespaceExists",
    50 MAX_TIME_MS_EXPIRED "MaxTimeMSExpired",
    51 MANUAL_INTERVENTION_REQUIRED "ManualInterventionRequired",
    52 DOLLAR_PREFIXED_FIELD_NAME "DollarPrefixedFieldName",
    53 INVALID_ID_FIELD "InvalidIdField",
    55 INVALID_DB_REF "InvalidDBRef",
    56 EMPTY_FIELD_NAME "EmptyFieldName",
    57 DOTTED_FIELD_NAME "DottedFieldName",
    59 COMMAND_NOT_FOUND "CommandNotFound",
    64 WRITE_CONCERN_FAILED "WriteConcernFailed",
    66 IMMUTABLE_FIELD "ImmutableField",
    67 CANNOT_CREATE_INDEX "CannotCreateIndex",
    68 INDEX_ALREADY_EXISTS "IndexAlreadyExists",
    72 INVALID_OPTIONS "InvalidOptions",
    73 INVALID_NAMESPACE "InvalidNamespace",
    76 NO_REPLICATION_ENABLED "NoReplicationEnabled",
    85 INDEX_OPTIONS_CONFLICT "IndexOptionsConflict",
    86 INDEX_KEY_SPECS_CONFLICT "IndexKeySpecsConflict",
    89 NETWORK_TIMEOUT "NetworkTimeout",
    91 SHUTDOWN_IN_PROGRESS "ShutdownInProgress",
    96 OPERATION_FAILED "OperationFailed",
    105 CONFLICTING_OPERATION_IN_PROGRESS "ConflictingOperationInProgress",
    112 WRITE_CONFLICT "WriteConflict",
    115 COMMAND_NOT_SUPPORTED "CommandNotSupported",
    121 DOCUMENT_VALIDATION_FAILURE "DocumentValidationFailure",
    146 EXCEEDED_MEMORY_LIMIT "ExceededMemoryLimit",
    160 VIEW_DEPTH_LIMIT_EXCEEDED "ViewDepthLimitExceeded",
    166 COMMAND_NOT_SUPPORTED_ON_VIEW "CommandNotSupportedOnView",
    168 INVALID_PIPELINE_OPERATOR "InvalidPipelineOperator",
    171 CANNOT_INDEX_PARALLEL_ARRAYS "CannotIndexParallelArrays",
    175 QUERY_PLAN_KILLED "QueryPlanKilled",
    181 AMBIGUOUS_INDEX_KEY_PATTERN "AmbiguousIndexKeyPattern",
    197 INVALID_INDEX_SPECIFICATION_OPTION "InvalidIndexSpecificationOption",
    222 CLOSED "CloseChangeStream",
    224 QUERY_FEATURE_NOT_ALLOWED "QueryFeatureNotAllowed",
    237 CURSOR_KILLED "CursorKilled",
    238 NOT_IMPLEMENTED "NotImplemented",
    246 SNAPSHOT_UNAVAILABLE "SnapshotUnavailable",
    276 INDEX_BUILD_ABORTED "IndexBuildAborted",
    263 OPERATION_NOT_SUPPORTED_IN_TRANSACTION "OperationNotSupportedInTransaction",
    291 NO_QUERY_EXECUTION_PLANS "NoQueryExecutionPlans",
    292 QUERY_EXCEEDED_MEMORY_LIMIT "QueryExceededMemoryLimitNoDiskUseAllowed",
    303 UNSUPPORTED_OP_QUERY_COMMAND "UnsupportedOpQueryCommand",
    352 UNSUPPORTED_OP_QUERY "UnsupportedOpQueryCommand",
    10334 OBJECT_TOO_LARGE "BSONObjectTooLarge",
    11000 DUPLICATE_KEY "DuplicateKey",
    11600 INTERRUPTED_AT_SHUTDOWN "InterruptedAtShutdown",
    11601 INTERRUPTED "Interrupted",
    40414 MISSING_FIELD "IDLFailedToParse",
    40415 UNKNOWN_FIELD "IDLUnknownField",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.name())
    }
}
