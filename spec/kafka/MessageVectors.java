import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Prints one JSON object a line: the facts of each API, the defaults of each message, and random messages of every
 * version with their bytes and with what Kafka's own classes read from these. The seed is fixed, so that a second run
 * prints the same. Integers of 64 bits are strings, for JavaScript's JSON would round them.
 *
 *     java -cp CLASS_PATH MessageVectors.java
 */
class MessageVectors {
    /** How full a message is: every null, zero and empty list there can be; nothing null or empty; between. */
    enum Fill { LEAST, MOST, RANDOM }

    static final Random random = new Random(20260513);
    static final JsonNodeFactory json = JsonNodeFactory.instance;
    static final PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        for (ApiMessageType api : ApiMessageType.values()) {
            if (!api.listeners().contains(ListenerType.BROKER)) continue;
            printApi(api);
            printMessage(api.newRequest(), api.requestSchemas());
            printMessage(api.newResponse(), api.responseSchemas());
        }
        printMessage(new RequestHeaderData(), RequestHeaderData.SCHEMAS);
        printMessage(new ResponseHeaderData(), ResponseHeaderData.SCHEMAS);
        printMessage(new ConsumerProtocolSubscription(), ConsumerProtocolSubscription.SCHEMAS);
        printMessage(new ConsumerProtocolAssignment(), ConsumerProtocolAssignment.SCHEMAS);
        out.flush();
    }

    static void printApi(ApiMessageType api) {
        ObjectNode line = json.objectNode();
        line.put("api", api.name).put("key", api.apiKey());
        line.put("min", api.lowestSupportedVersion()).put("max", api.highestSupportedVersion(true));
        line.put("stable", api.highestSupportedVersion(false));
        ArrayNode headers = line.putArray("headers");
        for (short v = api.lowestSupportedVersion(); v <= api.highestSupportedVersion(true); v++) {
            headers.addArray().add(api.requestHeaderVersion(v)).add(api.responseHeaderVersion(v));
        }
        out.println(line);
    }

    static void printMessage(Message message, Schema[] schemas) throws Exception {
        Class<?> type = message.getClass();
        String name = type.getSimpleName().replaceAll("Data$", "");
        ObjectNode defaults = json.objectNode();
        defaults.put("message", name).set("defaults", defaults(type));
        out.println(defaults);
        for (short v = message.lowestSupportedVersion(); v <= message.highestSupportedVersion(); v++) {
            // A header says its versions by hand, so go by what it has a schema for.
            if (v >= schemas.length || schemas[v] == null) continue;
            print(name, type, v, schemas[v], Fill.LEAST);
            print(name, type, v, schemas[v], Fill.MOST);
            for (int i = 0; i < 6; i++) print(name, type, v, schemas[v], Fill.RANDOM);
        }
    }

    static void print(String name, Class<?> type, short version, Schema schema, Fill fill) throws Exception {
        Struct struct = struct(schema, fill);
        ByteBuffer bytes = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(bytes);
        bytes.flip();
        Message message = (Message) type.getDeclaredConstructor().newInstance();
        message.read(new ByteBufferAccessor(bytes), version);
        ByteBuffer written = MessageUtil.toByteBufferAccessor(message, version).buffer();
        ObjectNode line = json.objectNode();
        line.put("message", name).put("version", version);
        line.put("bytes", Base64.getEncoder().encodeToString(MessageUtil.byteBufferToArray(written)));
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        Object value = converter.getMethod("write", type, short.class).invoke(null, message, version);
        line.set("value", longsAsStrings((JsonNode) value));
        out.println(line);
    }

    static Struct struct(Schema schema, Fill fill) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) struct.set(field, value(field.def.type, fill));
        return struct;
    }

    static Object value(org.apache.kafka.common.protocol.types.Type type, Fill fill) {
        if (type.isNullable() && (fill == Fill.LEAST || fill == Fill.RANDOM && random.nextInt(3) == 0)) return null;
        if (type instanceof Schema) return struct((Schema) type, fill);
        if (type instanceof TaggedFields) return tagged((TaggedFields) type, fill);
        if (type.isArray()) {
            Object[] elements = new Object[length(fill, 3)];
            for (int i = 0; i < elements.length; i++) elements[i] = value(type.arrayElementType().get(), fill);
            return elements;
        }
        String name = type.toString().replaceAll("^(COMPACT_)?(NULLABLE_)?", "");
        switch (name) {
            case "BOOLEAN": return fill == Fill.MOST || fill == Fill.RANDOM && random.nextBoolean();
            case "INT8": return (byte) integer(fill, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "INT16": return (short) integer(fill, Short.MIN_VALUE, Short.MAX_VALUE);
            case "UINT16": return (int) integer(fill, 0, 0xffff);
            case "INT32": return (int) integer(fill, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "UINT32": return integer(fill, 0, 0xffffffffL);
            case "INT64": return integer(fill, Long.MIN_VALUE, Long.MAX_VALUE);
            case "FLOAT64": return fill == Fill.LEAST ? 0d : random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
            case "UUID": return fill == Fill.LEAST ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
            case "STRING": return string(length(fill, random.nextInt(30) == 0 ? 200 : 12));
            case "BYTES": return ByteBuffer.wrap(bytes(fill));
            case "RECORDS": return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(fill)));
            default: throw new IllegalArgumentException("no values for " + type);
        }
    }

    static Map<Integer, Object> tagged(TaggedFields type, Fill fill) {
        Map<Integer, Object> tagged = new TreeMap<>();
        type.fields().forEach((tag, field) -> {
            if (fill == Fill.MOST || fill == Fill.RANDOM && random.nextBoolean()) {
                Object value = value(field.type, fill);
                if (value != null) tagged.put(tag, value);
            }
        });
        return tagged;
    }

    static int length(Fill fill, int most) {
        return fill == Fill.LEAST ? 0 : fill == Fill.MOST ? Math.max(1, most - 1) : random.nextInt(most + 1);
    }

    /** Zero, one of the ends, or anything between, small numbers as likely as large ones. */
    static long integer(Fill fill, long min, long max) {
        if (fill == Fill.LEAST) return 0;
        if (fill == Fill.MOST) return random.nextBoolean() ? min : max;
        long value = random.nextLong() >> random.nextInt(64);
        return value < min || value > max ? value & max : value;
    }

    static String string(int length) {
        String letters = "abcdefghijklmnopqrstuvwxyz-_.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        String[] others = {"\u00e9", "\u00df", "\u6f22", "\u5b57", "\ud83d\ude00", "\u0000", "\uffff"};
        boolean plain = random.nextInt(4) > 0;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            if (plain || random.nextBoolean()) text.append(letters.charAt(random.nextInt(letters.length())));
            else text.append(others[random.nextInt(others.length)]);
        }
        return text.toString();
    }

    static byte[] bytes(Fill fill) {
        byte[] bytes = new byte[length(fill, random.nextInt(10) == 0 ? 150 : 12)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** What a new message holds before anything is read into it; of a list or a struct also what a new element holds. */
    static ObjectNode defaults(Class<?> type) throws Exception {
        Object fresh = type.getDeclaredConstructor().newInstance();
        ObjectNode defaults = json.objectNode();
        for (Field field : type.getDeclaredFields()) {
            String name = field.getName();
            if (Modifier.isStatic(field.getModifiers()) || name.startsWith("_") || name.equals("next") || name.equals("prev")) continue;
            field.setAccessible(true);
            ObjectNode entry = defaults.putObject(name);
            Object value = field.get(fresh);
            if (value == null) entry.putNull("default");
            else if (value instanceof Message) entry.put("default", "struct");
            else if (value instanceof Collection) entry.put("default", ((Collection<?>) value).size() + " elements");
            else if (value instanceof byte[]) entry.put("default", ((byte[]) value).length + " bytes");
            else if (value instanceof ByteBuffer) entry.put("default", ((ByteBuffer) value).remaining() + " bytes");
            else entry.put("default", value.toString());
            Class<?> element = elementOf(field.getGenericType());
            if (element != null) entry.set("fields", defaults(element));
        }
        return defaults;
    }

    static Class<?> elementOf(Type type) {
        if (type instanceof ParameterizedType) return elementOf(((ParameterizedType) type).getActualTypeArguments()[0]);
        Class<?> raw = (Class<?>) type;
        if (Message.class.isAssignableFrom(raw)) return raw;
        return Collection.class.isAssignableFrom(raw) ? elementOf(raw.getGenericSuperclass()) : null;
    }

    static JsonNode longsAsStrings(JsonNode node) {
        if (node.isLong()) return json.textNode(node.asText());
        if (node.isArray()) {
            ArrayNode array = json.arrayNode();
            for (JsonNode element : node) array.add(longsAsStrings(element));
            return array;
        }
        if (!node.isObject()) return node;
        ObjectNode object = json.objectNode();
        node.properties().forEach(field -> object.set(field.getKey(), longsAsStrings(field.getValue())));
        return object;
    }
}
