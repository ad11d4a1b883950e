"""What Debian's Python client lacks of librdkafka: deleting the first records of a log, rights."""

import ctypes

PRODUCER = 0
TIMEOUT_MS = 30_000


def load():
    library = ctypes.CDLL("librdkafka.so.1")
    for name in (
        "rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_queue_new", "rd_kafka_queue_poll",
        "rd_kafka_topic_partition_list_new", "rd_kafka_topic_partition_list_add",
        "rd_kafka_DeleteRecords_new", "rd_kafka_event_DeleteRecords_result",
        "rd_kafka_AclBinding_new",
    ):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_event_error_string.restype = ctypes.c_char_p
    return library


def client(library, address):
    text = ctypes.create_string_buffer(512)
    config = ctypes.c_void_p(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(config, b"bootstrap.servers", address.encode(), text, 512)
    handle = library.rd_kafka_new(PRODUCER, config, text, 512)
    assert handle, text.value
    return ctypes.c_void_p(handle)


def delete_records(address, topic, partition, before_offset):
    """Deletes the records of the partition before this offset, and waits for it."""
    library = load()
    handle = client(library, address)
    offsets = ctypes.c_void_p(library.rd_kafka_topic_partition_list_new(1))
    library.rd_kafka_topic_partition_list_add(offsets, topic.encode(), partition)
    library.rd_kafka_topic_partition_list_set_offset(
        offsets, topic.encode(), partition, ctypes.c_int64(before_offset)
    )
    request = ctypes.c_void_p(library.rd_kafka_DeleteRecords_new(offsets))
    queue = ctypes.c_void_p(library.rd_kafka_queue_new(handle))
    library.rd_kafka_DeleteRecords(
        handle, ctypes.byref(request), ctypes.c_size_t(1), None, queue
    )
    event = ctypes.c_void_p(library.rd_kafka_queue_poll(queue, TIMEOUT_MS))
    assert event, f"deleting records of {topic} got no answer"
    failed = library.rd_kafka_event_error(event)
    text = library.rd_kafka_event_error_string(event)
    library.rd_kafka_event_destroy(event)
    library.rd_kafka_DeleteRecords_destroy(request)
    library.rd_kafka_topic_partition_list_destroy(offsets)
    library.rd_kafka_queue_destroy(queue)
    library.rd_kafka_destroy(handle)
    assert not failed, text


# As Kafka's protocol numbers them.
RESOURCES = {"topic": 2, "group": 3}
OPERATIONS = {"all": 2, "read": 3, "describe": 8}
LITERAL, ALLOW = 3, 3


def allow(address, user, operation, resource, name):
    """Gives `user` a right; where a resource has one such line, only those named have any."""
    library = load()
    handle = client(library, address)
    text = ctypes.create_string_buffer(512)
    right = ctypes.c_void_p(
        library.rd_kafka_AclBinding_new(
            RESOURCES[resource], name.encode(), LITERAL, f"User:{user}".encode(), b"*",
            OPERATIONS[operation], ALLOW, text, 512,
        )
    )
    assert right.value, text.value
    queue = ctypes.c_void_p(library.rd_kafka_queue_new(handle))
    library.rd_kafka_CreateAcls(handle, ctypes.byref(right), ctypes.c_size_t(1), None, queue)
    event = ctypes.c_void_p(library.rd_kafka_queue_poll(queue, TIMEOUT_MS))
    assert event, f"giving rights on {name} got no answer"
    failed = library.rd_kafka_event_error(event)
    reason = library.rd_kafka_event_error_string(event)
    library.rd_kafka_event_destroy(event)
    library.rd_kafka_AclBinding_destroy(right)
    library.rd_kafka_queue_destroy(queue)
    library.rd_kafka_destroy(handle)
    assert not failed, reason
