namespace LumonReplay
{
    /// <summary>What a trace carries in its schema records, in base 64. Written by Scripts/generate-protos.</summary>
    internal static class Schemas
    {
        // <schemas>
        internal const string config =
            "CuQFChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEivQQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMiXwoHQnVkZ2V0cxIbCglwZXJfbGV2" +
            "ZWwYASADKBFSCHBlckxldmVsEhQKBXRvdGFsGAIgASgRUgV0b3RhbBIhCgx1cGxvYWRfYnl0ZXMYAyABKBJSC3VwbG9hZEJ5" +
            "dGVzQgq6AgdNZXNzYWdlYgZwcm90bzM=";
        internal const string frame =
            "CuQFChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEivQQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMiXwoHQnVkZ2V0cxIbCglwZXJfbGV2" +
            "ZWwYASADKBFSCHBlckxldmVsEhQKBXRvdGFsGAIgASgRUgV0b3RhbBIhCgx1cGxvYWRfYnl0ZXMYAyABKBJSC3VwbG9hZEJ5" +
            "dGVzQgq6AgdNZXNzYWdlYgZwcm90bzMK8AQKG2x1bW9uL3JlcGxheS92MS9mcmFtZS5wcm90bxIPbHVtb24ucmVwbGF5LnYx" +
            "GhxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvIpQDCgVGcmFtZRIUCgVmcmFtZRgBIAEoDVIFZnJhbWUSJAoOZW5naW5l" +
            "X3RpbWVfbnMYAiABKBJSDGVuZ2luZVRpbWVOcxIYCgdzZXNzaW9uGAMgASgNUgdzZXNzaW9uEjIKCHBvc2l0aW9uGAQgASgL" +
            "MhYubHVtb24ucmVwbGF5LnYxLlBvaW50Ughwb3NpdGlvbhI9CgtvcmllbnRhdGlvbhgFIAEoCzIbLmx1bW9uLnJlcGxheS52" +
            "MS5RdWF0ZXJuaW9uUgtvcmllbnRhdGlvbhIiCg1maWVsZF9vZl92aWV3GAYgASgBUgtmaWVsZE9mVmlldxIyCgdidWRnZXRz" +
            "GAcgASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSRQoSc2VsZWN0aW9uX3Bvc2l0aW9uGAggASgLMhYu" +
            "bHVtb24ucmVwbGF5LnYxLlBvaW50UhFzZWxlY3Rpb25Qb3NpdGlvbhIjCg1taXNzZWRfZnJhbWVzGAkgASgNUgxtaXNzZWRG" +
            "cmFtZXMiMQoFUG9pbnQSDAoBeBgBIAEoAVIBeBIMCgF5GAIgASgBUgF5EgwKAXoYAyABKAFSAXoiRAoKUXVhdGVybmlvbhIM" +
            "CgF4GAEgASgBUgF4EgwKAXkYAiABKAFSAXkSDAoBehgDIAEoAVIBehIMCgF3GAQgASgBUgF3Qgq6AgdNZXNzYWdlYgZwcm90" +
            "bzM=";
        internal const string event =
            "CuQFChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEivQQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMiXwoHQnVkZ2V0cxIbCglwZXJfbGV2" +
            "ZWwYASADKBFSCHBlckxldmVsEhQKBXRvdGFsGAIgASgRUgV0b3RhbBIhCgx1cGxvYWRfYnl0ZXMYAyABKBJSC3VwbG9hZEJ5" +
            "dGVzQgq6AgdNZXNzYWdlYgZwcm90bzMK8AQKG2x1bW9uL3JlcGxheS92MS9mcmFtZS5wcm90bxIPbHVtb24ucmVwbGF5LnYx" +
            "GhxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvIpQDCgVGcmFtZRIUCgVmcmFtZRgBIAEoDVIFZnJhbWUSJAoOZW5naW5l" +
            "X3RpbWVfbnMYAiABKBJSDGVuZ2luZVRpbWVOcxIYCgdzZXNzaW9uGAMgASgNUgdzZXNzaW9uEjIKCHBvc2l0aW9uGAQgASgL" +
            "MhYubHVtb24ucmVwbGF5LnYxLlBvaW50Ughwb3NpdGlvbhI9CgtvcmllbnRhdGlvbhgFIAEoCzIbLmx1bW9uLnJlcGxheS52" +
            "MS5RdWF0ZXJuaW9uUgtvcmllbnRhdGlvbhIiCg1maWVsZF9vZl92aWV3GAYgASgBUgtmaWVsZE9mVmlldxIyCgdidWRnZXRz" +
            "GAcgASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSRQoSc2VsZWN0aW9uX3Bvc2l0aW9uGAggASgLMhYu" +
            "bHVtb24ucmVwbGF5LnYxLlBvaW50UhFzZWxlY3Rpb25Qb3NpdGlvbhIjCg1taXNzZWRfZnJhbWVzGAkgASgNUgxtaXNzZWRG" +
            "cmFtZXMiMQoFUG9pbnQSDAoBeBgBIAEoAVIBeBIMCgF5GAIgASgBUgF5EgwKAXoYAyABKAFSAXoiRAoKUXVhdGVybmlvbhIM" +
            "CgF4GAEgASgBUgF4EgwKAXkYAiABKAFSAXkSDAoBehgDIAEoAVIBehIMCgF3GAQgASgBUgF3Qgq6AgdNZXNzYWdlYgZwcm90" +
            "bzMKuhIKG2x1bW9uL3JlcGxheS92MS9ldmVudC5wcm90bxIPbHVtb24ucmVwbGF5LnYxGhtsdW1vbi9yZXBsYXkvdjEvZnJh" +
            "bWUucHJvdG8iugYKBUV2ZW50EhQKBWZyYW1lGAEgASgNUgVmcmFtZRIYCgdvcmRpbmFsGAIgASgNUgdvcmRpbmFsEk4KDXNl" +
            "c3Npb25fc3RhcnQYAyABKAsyJy5sdW1vbi5yZXBsYXkudjEuQ29uZmlndXJhdGlvblJlZmVyZW5jZUgAUgxzZXNzaW9uU3Rh" +
            "cnQSPgoLc2Vzc2lvbl9lbmQYBCABKAsyGy5sdW1vbi5yZXBsYXkudjEuU2Vzc2lvbkVuZEgAUgpzZXNzaW9uRW5kEkcKCWNv" +
            "bmZpZ3VyZRgFIAEoCzInLmx1bW9uLnJlcGxheS52MS5Db25maWd1cmF0aW9uUmVmZXJlbmNlSABSCWNvbmZpZ3VyZRIrCgRl" +
            "ZGl0GAYgASgLMhUubHVtb24ucmVwbGF5LnYxLkVkaXRIAFIEZWRpdBJBCgpjaHVua19sb2FkGAcgASgLMiAubHVtb24ucmVw" +
            "bGF5LnYxLkNodW5rQ29vcmRpbmF0ZUgAUgljaHVua0xvYWQSRQoMY2h1bmtfdW5sb2FkGAggASgLMiAubHVtb24ucmVwbGF5" +
            "LnYxLkNodW5rQ29vcmRpbmF0ZUgAUgtjaHVua1VubG9hZBI7CgppbnZhbGlkYXRlGAkgASgLMhkubHVtb24ucmVwbGF5LnYx" +
            "LldvcmxkQm94SABSCmludmFsaWRhdGUSLgoFc3RvcmUYCiABKAsyFi5sdW1vbi5yZXBsYXkudjEuU3RvcmVIAFIFc3RvcmUS" +
            "OAoJc3RvcmVfb2ZmGAsgASgLMhkubHVtb24ucmVwbGF5LnYxLlN0b3JlT2ZmSABSCHN0b3JlT2ZmEkEKDHN0b3JlX2RhbWFn" +
            "ZRgMIAEoCzIcLmx1bW9uLnJlcGxheS52MS5TdG9yZURhbWFnZUgAUgtzdG9yZURhbWFnZRJMChJ3cml0ZV9iYWNrX2Ryb3Bw" +
            "ZWQYDSABKAsyHC5sdW1vbi5yZXBsYXkudjEuU3RvcmVSb3dLZXlIAFIQd3JpdGVCYWNrRHJvcHBlZBIxCgZlbmdpbmUYDiAB" +
            "KAsyFy5sdW1vbi5yZXBsYXkudjEuRW5naW5lSABSBmVuZ2luZUIGCgRraW5kIjUKFkNvbmZpZ3VyYXRpb25SZWZlcmVuY2US" +
            "GwoJY29uZmlnX2lkGAEgASgNUghjb25maWdJZCIMCgpTZXNzaW9uRW5kIk8KBEVkaXQSKwoDYm94GAEgASgLMhkubHVtb24u" +
            "cmVwbGF5LnYxLlZveGVsQm94UgNib3gSGgoIbWF0ZXJpYWwYAiABKA1SCG1hdGVyaWFsInoKCFZveGVsQm94EjYKBWxvd2Vy" +
            "GAEgASgLMiAubHVtb24ucmVwbGF5LnYxLlZveGVsQ29vcmRpbmF0ZVIFbG93ZXISNgoFdXBwZXIYAiABKAsyIC5sdW1vbi5y" +
            "ZXBsYXkudjEuVm94ZWxDb29yZGluYXRlUgV1cHBlciI7Cg9Wb3hlbENvb3JkaW5hdGUSDAoBeBgBIAEoElIBeBIMCgF5GAIg" +
            "ASgSUgF5EgwKAXoYAyABKBJSAXoiOwoPQ2h1bmtDb29yZGluYXRlEgwKAXgYASABKBJSAXgSDAoBeRgCIAEoElIBeRIMCgF6" +
            "GAMgASgSUgF6ImYKCFdvcmxkQm94EiwKBWxvd2VyGAEgASgLMhYubHVtb24ucmVwbGF5LnYxLlBvaW50UgVsb3dlchIsCgV1" +
            "cHBlchgCIAEoCzIWLmx1bW9uLnJlcGxheS52MS5Qb2ludFIFdXBwZXIiaQoFU3RvcmUSJAoOc2l6ZV9jYXBfYnl0ZXMYASAB" +
            "KANSDHNpemVDYXBCeXRlcxI6Cghjb250ZW50cxgCIAEoCzIeLmx1bW9uLnJlcGxheS52MS5TdG9yZUNvbnRlbnRzUghjb250" +
            "ZW50cyKsAQoNU3RvcmVDb250ZW50cxIUCgVjbG9jaxgBIAEoA1IFY2xvY2sSLQoEcm93cxgCIAMoCzIZLmx1bW9uLnJlcGxh" +
            "eS52MS5TdG9yZVJvd1IEcm93cxIzCgZ3b3JsZHMYAyADKAsyGy5sdW1vbi5yZXBsYXkudjEuU3RvcmVXb3JsZFIGd29ybGRz" +
            "EiEKDGRhbWFnZWRfcm93cxgEIAEoDVILZGFtYWdlZFJvd3MirQEKCFN0b3JlUm93Ei4KA2tleRgBIAEoCzIcLmx1bW9uLnJl" +
            "cGxheS52MS5TdG9yZVJvd0tleVIDa2V5EhQKBWNsb2NrGAIgASgDUgVjbG9jaxIYCgdwcmVzZW50GAMgAygGUgdwcmVzZW50" +
            "EhYKBmRpZ2VzdBgEIAEoBlIGZGlnZXN0Eh0KB2NvbnRlbnQYBSABKAxIAFIHY29udGVudIgBAUIKCghfY29udGVudCLuAQoL" +
            "U3RvcmVSb3dLZXkSEgoEc2VlZBgBIAEoBlIEc2VlZBIlCg5sYXlvdXRfdmVyc2lvbhgCIAEoDVINbGF5b3V0VmVyc2lvbhIg" +
            "CgtmaW5nZXJwcmludBgDIAEoBlILZmluZ2VycHJpbnQSIQoMYmFzZV9zcGFjaW5nGAQgASgBUgtiYXNlU3BhY2luZxIfCgty" +
            "ZWdpb25fZWRnZRgFIAEoBVIKcmVnaW9uRWRnZRIUCgVsZXZlbBgGIAEoDVIFbGV2ZWwSDAoBeBgHIAEoEVIBeBIMCgF5GAgg" +
            "ASgRUgF5EgwKAXoYCSABKBFSAXoiNgoKU3RvcmVXb3JsZBISCgRzZWVkGAEgASgGUgRzZWVkEhQKBWVkaXRzGAIgASgGUgVl" +
            "ZGl0cyIKCghTdG9yZU9mZiJNCgtTdG9yZURhbWFnZRIUCgVsZXZlbBgBIAEoDVIFbGV2ZWwSDAoBeBgCIAEoEVIBeBIMCgF5" +
            "GAMgASgRUgF5EgwKAXoYBCABKBFSAXoiWgoGRW5naW5lEhIKBG5hbWUYASABKAlSBG5hbWUSFgoGc3RhZ2VzGAIgAygJUgZz" +
            "dGFnZXMSJAoOaGFzX293bl92b3hlbHMYAyABKAhSDGhhc093blZveGVsc0IKugIHTWVzc2FnZWIGcHJvdG8z";
        internal const string work =
            "CuQFChxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvEg9sdW1vbi5yZXBsYXkudjEivQQKDUNvbmZpZ3VyYXRpb24SJQoO" +
            "Zm9ybWF0X3ZlcnNpb24YASABKA1SDWZvcm1hdFZlcnNpb24SDgoCaWQYAiABKA1SAmlkEh0KCndvcmxkX3NlZWQYAyABKAZS" +
            "CXdvcmxkU2VlZBIuChNjaHVua3Nfc3RhcnRfbG9hZGVkGAQgASgIUhFjaHVua3NTdGFydExvYWRlZBIlCg5sYXlvdXRfdmVy" +
            "c2lvbhgFIAEoDVINbGF5b3V0VmVyc2lvbhIhCgxiYXNlX3NwYWNpbmcYBiABKAFSC2Jhc2VTcGFjaW5nEh4KCnJlc29sdXRp" +
            "b24YByABKBFSCnJlc29sdXRpb24SFgoGbGV2ZWxzGAggASgRUgZsZXZlbHMSKwoRcmVhbmNob3JfZGlzdGFuY2UYCSABKAFS" +
            "EHJlYW5jaG9yRGlzdGFuY2USHwoLcmVnaW9uX2VkZ2UYCiABKBFSCnJlZ2lvbkVkZ2USHwoLbmVhcl9sZXZlbHMYCyABKBFS" +
            "Cm5lYXJMZXZlbHMSHwoLY2FjaGVfYnl0ZXMYDCABKBJSCmNhY2hlQnl0ZXMSLgoTY2FzdF9sYXRlbmN5X2ZyYW1lcxgNIAEo" +
            "EVIRY2FzdExhdGVuY3lGcmFtZXMSMAoUc3RvcmVfbGF0ZW5jeV9mcmFtZXMYDiABKBFSEnN0b3JlTGF0ZW5jeUZyYW1lcxIy" +
            "CgdidWRnZXRzGA8gASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMiXwoHQnVkZ2V0cxIbCglwZXJfbGV2" +
            "ZWwYASADKBFSCHBlckxldmVsEhQKBXRvdGFsGAIgASgRUgV0b3RhbBIhCgx1cGxvYWRfYnl0ZXMYAyABKBJSC3VwbG9hZEJ5" +
            "dGVzQgq6AgdNZXNzYWdlYgZwcm90bzMK8AQKG2x1bW9uL3JlcGxheS92MS9mcmFtZS5wcm90bxIPbHVtb24ucmVwbGF5LnYx" +
            "GhxsdW1vbi9yZXBsYXkvdjEvY29uZmlnLnByb3RvIpQDCgVGcmFtZRIUCgVmcmFtZRgBIAEoDVIFZnJhbWUSJAoOZW5naW5l" +
            "X3RpbWVfbnMYAiABKBJSDGVuZ2luZVRpbWVOcxIYCgdzZXNzaW9uGAMgASgNUgdzZXNzaW9uEjIKCHBvc2l0aW9uGAQgASgL" +
            "MhYubHVtb24ucmVwbGF5LnYxLlBvaW50Ughwb3NpdGlvbhI9CgtvcmllbnRhdGlvbhgFIAEoCzIbLmx1bW9uLnJlcGxheS52" +
            "MS5RdWF0ZXJuaW9uUgtvcmllbnRhdGlvbhIiCg1maWVsZF9vZl92aWV3GAYgASgBUgtmaWVsZE9mVmlldxIyCgdidWRnZXRz" +
            "GAcgASgLMhgubHVtb24ucmVwbGF5LnYxLkJ1ZGdldHNSB2J1ZGdldHMSRQoSc2VsZWN0aW9uX3Bvc2l0aW9uGAggASgLMhYu" +
            "bHVtb24ucmVwbGF5LnYxLlBvaW50UhFzZWxlY3Rpb25Qb3NpdGlvbhIjCg1taXNzZWRfZnJhbWVzGAkgASgNUgxtaXNzZWRG" +
            "cmFtZXMiMQoFUG9pbnQSDAoBeBgBIAEoAVIBeBIMCgF5GAIgASgBUgF5EgwKAXoYAyABKAFSAXoiRAoKUXVhdGVybmlvbhIM" +
            "CgF4GAEgASgBUgF4EgwKAXkYAiABKAFSAXkSDAoBehgDIAEoAVIBehIMCgF3GAQgASgBUgF3Qgq6AgdNZXNzYWdlYgZwcm90" +
            "bzMKuhIKG2x1bW9uL3JlcGxheS92MS9ldmVudC5wcm90bxIPbHVtb24ucmVwbGF5LnYxGhtsdW1vbi9yZXBsYXkvdjEvZnJh" +
            "bWUucHJvdG8iugYKBUV2ZW50EhQKBWZyYW1lGAEgASgNUgVmcmFtZRIYCgdvcmRpbmFsGAIgASgNUgdvcmRpbmFsEk4KDXNl" +
            "c3Npb25fc3RhcnQYAyABKAsyJy5sdW1vbi5yZXBsYXkudjEuQ29uZmlndXJhdGlvblJlZmVyZW5jZUgAUgxzZXNzaW9uU3Rh" +
            "cnQSPgoLc2Vzc2lvbl9lbmQYBCABKAsyGy5sdW1vbi5yZXBsYXkudjEuU2Vzc2lvbkVuZEgAUgpzZXNzaW9uRW5kEkcKCWNv" +
            "bmZpZ3VyZRgFIAEoCzInLmx1bW9uLnJlcGxheS52MS5Db25maWd1cmF0aW9uUmVmZXJlbmNlSABSCWNvbmZpZ3VyZRIrCgRl" +
            "ZGl0GAYgASgLMhUubHVtb24ucmVwbGF5LnYxLkVkaXRIAFIEZWRpdBJBCgpjaHVua19sb2FkGAcgASgLMiAubHVtb24ucmVw" +
            "bGF5LnYxLkNodW5rQ29vcmRpbmF0ZUgAUgljaHVua0xvYWQSRQoMY2h1bmtfdW5sb2FkGAggASgLMiAubHVtb24ucmVwbGF5" +
            "LnYxLkNodW5rQ29vcmRpbmF0ZUgAUgtjaHVua1VubG9hZBI7CgppbnZhbGlkYXRlGAkgASgLMhkubHVtb24ucmVwbGF5LnYx" +
            "LldvcmxkQm94SABSCmludmFsaWRhdGUSLgoFc3RvcmUYCiABKAsyFi5sdW1vbi5yZXBsYXkudjEuU3RvcmVIAFIFc3RvcmUS" +
            "OAoJc3RvcmVfb2ZmGAsgASgLMhkubHVtb24ucmVwbGF5LnYxLlN0b3JlT2ZmSABSCHN0b3JlT2ZmEkEKDHN0b3JlX2RhbWFn" +
            "ZRgMIAEoCzIcLmx1bW9uLnJlcGxheS52MS5TdG9yZURhbWFnZUgAUgtzdG9yZURhbWFnZRJMChJ3cml0ZV9iYWNrX2Ryb3Bw" +
            "ZWQYDSABKAsyHC5sdW1vbi5yZXBsYXkudjEuU3RvcmVSb3dLZXlIAFIQd3JpdGVCYWNrRHJvcHBlZBIxCgZlbmdpbmUYDiAB" +
            "KAsyFy5sdW1vbi5yZXBsYXkudjEuRW5naW5lSABSBmVuZ2luZUIGCgRraW5kIjUKFkNvbmZpZ3VyYXRpb25SZWZlcmVuY2US" +
            "GwoJY29uZmlnX2lkGAEgASgNUghjb25maWdJZCIMCgpTZXNzaW9uRW5kIk8KBEVkaXQSKwoDYm94GAEgASgLMhkubHVtb24u" +
            "cmVwbGF5LnYxLlZveGVsQm94UgNib3gSGgoIbWF0ZXJpYWwYAiABKA1SCG1hdGVyaWFsInoKCFZveGVsQm94EjYKBWxvd2Vy" +
            "GAEgASgLMiAubHVtb24ucmVwbGF5LnYxLlZveGVsQ29vcmRpbmF0ZVIFbG93ZXISNgoFdXBwZXIYAiABKAsyIC5sdW1vbi5y" +
            "ZXBsYXkudjEuVm94ZWxDb29yZGluYXRlUgV1cHBlciI7Cg9Wb3hlbENvb3JkaW5hdGUSDAoBeBgBIAEoElIBeBIMCgF5GAIg" +
            "ASgSUgF5EgwKAXoYAyABKBJSAXoiOwoPQ2h1bmtDb29yZGluYXRlEgwKAXgYASABKBJSAXgSDAoBeRgCIAEoElIBeRIMCgF6" +
            "GAMgASgSUgF6ImYKCFdvcmxkQm94EiwKBWxvd2VyGAEgASgLMhYubHVtb24ucmVwbGF5LnYxLlBvaW50UgVsb3dlchIsCgV1" +
            "cHBlchgCIAEoCzIWLmx1bW9uLnJlcGxheS52MS5Qb2ludFIFdXBwZXIiaQoFU3RvcmUSJAoOc2l6ZV9jYXBfYnl0ZXMYASAB" +
            "KANSDHNpemVDYXBCeXRlcxI6Cghjb250ZW50cxgCIAEoCzIeLmx1bW9uLnJlcGxheS52MS5TdG9yZUNvbnRlbnRzUghjb250" +
            "ZW50cyKsAQoNU3RvcmVDb250ZW50cxIUCgVjbG9jaxgBIAEoA1IFY2xvY2sSLQoEcm93cxgCIAMoCzIZLmx1bW9uLnJlcGxh" +
            "eS52MS5TdG9yZVJvd1IEcm93cxIzCgZ3b3JsZHMYAyADKAsyGy5sdW1vbi5yZXBsYXkudjEuU3RvcmVXb3JsZFIGd29ybGRz" +
            "EiEKDGRhbWFnZWRfcm93cxgEIAEoDVILZGFtYWdlZFJvd3MirQEKCFN0b3JlUm93Ei4KA2tleRgBIAEoCzIcLmx1bW9uLnJl" +
            "cGxheS52MS5TdG9yZVJvd0tleVIDa2V5EhQKBWNsb2NrGAIgASgDUgVjbG9jaxIYCgdwcmVzZW50GAMgAygGUgdwcmVzZW50" +
            "EhYKBmRpZ2VzdBgEIAEoBlIGZGlnZXN0Eh0KB2NvbnRlbnQYBSABKAxIAFIHY29udGVudIgBAUIKCghfY29udGVudCLuAQoL" +
            "U3RvcmVSb3dLZXkSEgoEc2VlZBgBIAEoBlIEc2VlZBIlCg5sYXlvdXRfdmVyc2lvbhgCIAEoDVINbGF5b3V0VmVyc2lvbhIg" +
            "CgtmaW5nZXJwcmludBgDIAEoBlILZmluZ2VycHJpbnQSIQoMYmFzZV9zcGFjaW5nGAQgASgBUgtiYXNlU3BhY2luZxIfCgty" +
            "ZWdpb25fZWRnZRgFIAEoBVIKcmVnaW9uRWRnZRIUCgVsZXZlbBgGIAEoDVIFbGV2ZWwSDAoBeBgHIAEoEVIBeBIMCgF5GAgg" +
            "ASgRUgF5EgwKAXoYCSABKBFSAXoiNgoKU3RvcmVXb3JsZBISCgRzZWVkGAEgASgGUgRzZWVkEhQKBWVkaXRzGAIgASgGUgVl" +
            "ZGl0cyIKCghTdG9yZU9mZiJNCgtTdG9yZURhbWFnZRIUCgVsZXZlbBgBIAEoDVIFbGV2ZWwSDAoBeBgCIAEoEVIBeBIMCgF5" +
            "GAMgASgRUgF5EgwKAXoYBCABKBFSAXoiWgoGRW5naW5lEhIKBG5hbWUYASABKAlSBG5hbWUSFgoGc3RhZ2VzGAIgAygJUgZz" +
            "dGFnZXMSJAoOaGFzX293bl92b3hlbHMYAyABKAhSDGhhc093blZveGVsc0IKugIHTWVzc2FnZWIGcHJvdG8zCpMGChpsdW1v" +
            "bi9yZXBsYXkvdjEvd29yay5wcm90bxIPbHVtb24ucmVwbGF5LnYxGhtsdW1vbi9yZXBsYXkvdjEvZXZlbnQucHJvdG8ivQIK" +
            "BFdvcmsSFAoFZnJhbWUYASABKA1SBWZyYW1lEhwKCWNvbXBsZXRlZBgCIAMoElIJY29tcGxldGVkEhoKCG91dGNvbWVzGAMg" +
            "AygNUghvdXRjb21lcxIaCghwYXlsb2FkcxgEIAMoBlIIcGF5bG9hZHMSQAoNc3RvcmVfcmVwbGllcxgFIAMoCzIbLmx1bW9u" +
            "LnJlcGxheS52MS5TdG9yZVJlcGx5UgxzdG9yZVJlcGxpZXMSGAoHY2xhaW1lZBgGIAMoElIHY2xhaW1lZBIhCgxjbGFpbV9z" +
            "dGFnZXMYByADKA1SC2NsYWltU3RhZ2VzEhoKCGFjY2VwdGVkGAggAygSUghhY2NlcHRlZBIYCgdyZWZ1c2VkGAkgAygSUgdy" +
            "ZWZ1c2VkEhQKBXNvbGlkGAogAygSUgVzb2xpZCLqAQoKU3RvcmVSZXBseRIYCgdyZXF1ZXN0GAEgASgEUgdyZXF1ZXN0EjYK" +
            "BWluZGV4GAIgASgLMh4ubHVtb24ucmVwbGF5LnYxLlN0b3JlQ29udGVudHNIAFIFaW5kZXgSGAoGcmVnaW9uGAMgASgMSABS" +
            "BnJlZ2lvbhIxCgZhYnNlbnQYBCABKAsyFy5sdW1vbi5yZXBsYXkudjEuQWJzZW50SABSBmFic2VudBI0CgdkYW1hZ2VkGAUg" +
            "ASgLMhgubHVtb24ucmVwbGF5LnYxLkRhbWFnZWRIAFIHZGFtYWdlZEIHCgVyZXBseSIICgZBYnNlbnQiCQoHRGFtYWdlZCpx" +
            "CgdPdXRjb21lEhMKD09VVENPTUVfVU5LTk9XThAAEhMKD09VVENPTUVfU1VDQ0VTUxABEhMKD09VVENPTUVfQUJPUlRFRBAC" +
            "EhIKDk9VVENPTUVfRkFJTEVEEAMSEwoPT1VUQ09NRV9EUk9QUEVEEARCCroCB01lc3NhZ2ViBnByb3RvMw==";
        internal const string checkpoint =
            "CtsBCiBsdW1vbi9yZXBsYXkvdjEvY2hlY2twb2ludC5wcm90bxIPbHVtb24ucmVwbGF5LnYxIpEBCgpDaGVja3BvaW50EhQK" +
            "BWZyYW1lGAEgASgNUgVmcmFtZRIlCg5kaWdlc3RfdmVyc2lvbhgCIAEoDVINZGlnZXN0VmVyc2lvbhIWCgZzdGFnZXMYAyAD" +
            "KAZSBnN0YWdlcxIWCgZsZXZlbHMYBCADKAZSBmxldmVscxIWCgZkaWdlc3QYBSABKAxSBmRpZ2VzdEIKugIHTWVzc2FnZWIG" +
            "cHJvdG8z";
        internal const string snapshot =
            "CpUBCh5sdW1vbi9yZXBsYXkvdjEvc25hcHNob3QucHJvdG8SD2x1bW9uLnJlcGxheS52MSJOCghTbmFwc2hvdBIUCgVmcmFt" +
            "ZRgBIAEoDVIFZnJhbWUSFgoGZm9ybWF0GAIgASgJUgZmb3JtYXQSFAoFc3RhdGUYAyABKAxSBXN0YXRlQgq6AgdNZXNzYWdl" +
            "YgZwcm90bzM=";
        // </schemas>
    }
}
