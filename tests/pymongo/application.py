"""An application's day with pymongo against `anser serve`: python application.py mongodb://127.0.0.1:PORT"""
import datetime
import sys

import pymongo
from bson import Decimal128, Int64, ObjectId
from pymongo import ASCENDING, DESCENDING, DeleteOne, InsertOne, MongoClient, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure


def check(what, found, expected):
    if found != expected:
        sys.exit(f"pymongo: {what}: expected {expected!r}, found {found!r}")


def refused(what, code, call):
    try:
        call()
    except OperationFailure as error:
        check(what, error.code, code)
        return error
    sys.exit(f"pymongo: {what}: expected an error with code {code}")


def main(address):
    client = MongoClient(address, serverSelectionTimeoutMS=5000)
    check("hello", client.admin.command("hello")["ok"], 1.0)
    check("version", client.server_info()["version"].split(".")[0], "8")
    shop = client.shop
    users = shop.users

    # Inserts, with every usual type there and back.
    everything = {
        "_id": ObjectId(),
        "name": "Ada",
        "age": 36,
        "big": Int64(2**53 + 1),
        "price": Decimal128("9.90"),
        "when": datetime.datetime(2026, 1, 2, 3, 4, 5, 678000),
        "tags": ["x", "y"],
        "address": {"city": "Rome", "lines": []},
        "none": None,
        "bytes": b"\x00\x01",
    }
    users.insert_one(everything)
    check("a document comes back as it went", users.find_one({"_id": everything["_id"]}), everything)
    many = users.insert_many([{"name": f"user {i}", "age": i, "email": f"u{i}@x"} for i in range(500)])
    check("insert_many", len(many.inserted_ids), 500)
    check("batches over getMore", [user["age"] for user in users.find({"email": {"$exists": True}}).batch_size(7)], list(range(500)))

    # Indexes.
    check("index name", users.create_index([("email", ASCENDING)], unique=True, sparse=True), "email_1")
    users.create_index([("age", DESCENDING), ("name", ASCENDING)], name="by_age")
    check("indexes", sorted(users.index_information()), ["_id_", "by_age", "email_1"])
    error = refused("a duplicate", 11000, lambda: users.insert_one({"email": "u1@x"}))
    check("its class", isinstance(error, DuplicateKeyError), True)
    check("its key", error.details["keyValue"], {"email": "u1@x"})
    plan = users.find({"email": "u7@x"}).explain()["queryPlanner"]["winningPlan"]
    check("the index is used", "email_1" in str(plan), True)

    # Queries.
    check("range and sort", [user["age"] for user in users.find({"age": {"$gte": 490}, "email": {"$ne": None}}).sort("age", -1).limit(3)], [499, 498, 497])
    check("projection", users.find_one({"age": 3}, {"_id": 0, "age": 1}), {"age": 3})
    check("count", users.count_documents({"age": {"$lt": 10}}), 10)
    check("estimated count", users.estimated_document_count(), 501)
    check("distinct", sorted(users.distinct("tags")), ["x", "y"])
    check("aggregate", list(users.aggregate([{"$match": {"age": {"$lt": 5}}}, {"$sort": {"age": -1}}, {"$limit": 2}, {"$count": "n"}])), [{"n": 2}])

    # Updates.
    check("update_one", users.update_one({"age": 1}, {"$inc": {"age": 1000}, "$push": {"tags": "z"}}).modified_count, 1)
    check("update_many", users.update_many({"age": {"$lt": 10}}, {"$set": {"young": True}}).matched_count, 9)
    upsert = users.update_one({"email": "new@x"}, {"$set": {"age": 1}}, upsert=True)
    check("upsert", (upsert.matched_count, users.find_one({"_id": upsert.upserted_id})["email"]), (0, "new@x"))
    after = users.find_one_and_update({"email": "new@x"}, {"$mul": {"age": 5}}, return_document=ReturnDocument.AFTER)
    check("find_one_and_update", after["age"], 5)
    check("replace_one", users.replace_one({"email": "new@x"}, {"email": "newer@x"}).modified_count, 1)
    check("find_one_and_delete", users.find_one_and_delete({"email": "newer@x"}, {"_id": 0}), {"email": "newer@x"})
    check("delete_many", users.delete_many({"young": True}).deleted_count, 9)
    refused("an unknown operator", 9, lambda: users.update_one({}, {"$frob": {"a": 1}}))
    refused("a filter's unknown operator", 2, lambda: list(users.find({"a": {"$frob": 1}})))

    # Bulk writes, per collection and over several.
    result = users.bulk_write([InsertOne({"_id": 1}), UpdateOne({"_id": 1}, {"$set": {"b": 1}}), DeleteOne({"_id": 1})])
    check("bulk_write", (result.inserted_count, result.modified_count, result.deleted_count), (1, 1, 1))
    try:
        users.insert_many([{"_id": "a"}, {"_id": "a"}, {"_id": "b"}], ordered=False)
        sys.exit("pymongo: an unordered batch with a duplicate has to fail")
    except BulkWriteError as error:
        check("unordered goes on", error.details["nInserted"], 2)
    result = client.bulk_write([InsertOne({"_id": 1}, namespace="shop.a"), InsertOne({"_id": 1}, namespace="shop.b")])
    check("client bulk_write", result.inserted_count, 2)

    # Collections and databases.
    check("collections", sorted(shop.list_collection_names()), ["a", "b", "users"])
    shop.a.rename("c")
    check("renamed", sorted(shop.list_collection_names()), ["b", "c", "users"])
    shop.b.drop()
    check("databases", "shop" in client.list_database_names(), True)
    users.drop_index("by_age")
    check("dropped index", sorted(users.index_information()), ["_id_", "email_1"])
    refused("an unknown command", 59, lambda: shop.command("frobnicate"))
    refused("an unknown field", 40415, lambda: shop.command("ping", frob=1))
    unacknowledged = shop.get_collection("w0", write_concern=pymongo.WriteConcern(w=0))
    unacknowledged.insert_one({"_id": 1})
    check("after w: 0 the connection goes on", client.admin.command("ping")["ok"], 1.0)
    client.drop_database("shop")
    check("dropped database", "shop" in client.list_database_names(), False)
    print(f"pymongo {pymongo.version}: all answers as expected from {address}")


if __name__ == "__main__":
    main(sys.argv[1])
